/**
 * The sample reports made a second time, by other means: npm's own view of the tree (`npm query`), find(1), head(1), and
 * sentences of the licences that the detector does not look for. Shares no code with src/demo.
 */
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { basename, join } from 'node:path'

interface NpmNode {
  name: string
  version: string
  location: string
  dev?: boolean
  /** Locations of those that need it; '' is the project. */
  from: string[]
  license?: unknown
  engines?: Record<string, string>
  bin?: Record<string, string>
  scripts?: Record<string, string>
  repository?: unknown
  author?: unknown
  maintainers?: unknown[]
  contributors?: unknown[]
}

interface Lock {
  packages: Record<
    string,
    { version: string; license?: string; deprecated?: string; integrity?: string; hasInstallScript?: true }
  >
}

interface FoundFile {
  path: string
  bytes: number
}

export interface Recomputed {
  /** Of all that the project runs on, or names as its tool. */
  needed: string[]
  report(kind: string, location: string): unknown
}

export function recompute(projectDir: string): Recomputed {
  const nodes = npmNodes(projectDir)
  const lock = JSON.parse(readFileSync(join(projectDir, 'package-lock.json'), 'utf8')) as Lock
  const filesOf = filesByPackage(projectDir, nodes)
  const elf = elfFiles(projectDir)

  const report = (kind: string, location: string): unknown => {
    const node = nodes.find((candidate) => candidate.location === location)
    const locked = lock.packages[location]
    const files = filesOf.get(location) ?? []
    if (node === undefined || locked === undefined) throw new Error(`npm knows no ${location}`)
    switch (kind) {
      case 'licence': {
        const declared = node.license ?? null
        return { declared, locked: locked.license ?? null, agree: declared === (locked.license ?? null) }
      }
      case 'size':
        return sizeOf(files)
      case 'licence-text':
        return licenceTexts(projectDir, location, String(node.license), files)
      case 'duplicates':
        return versionsOf(node.name, nodes)
      case 'advisory': {
        const native = files.map(({ path }) => path).filter((path) => elf.has(`${location}/${path}`))
        const people = [node.author, ...(node.maintainers ?? []), ...(node.contributors ?? [])]
        return {
          version: node.version,
          asLocked: node.version === locked.version,
          deprecated: locked.deprecated ?? null,
          installScripts: installScripts(node, files),
          lockedInstallScript: locked.hasInstallScript ?? false,
          engines: node.engines ?? null,
          bin: Object.keys(node.bin ?? {}).toSorted(),
          integrity: locked.integrity?.match(/^sha\d+/)?.[0] ?? null,
          repositoryMissing: !node.repository,
          maintainersMissing: people.every((person) => !person),
          native: { count: native.length, first: native.slice(0, 10) },
        }
      }
      default:
        throw new Error(`no recomputation for ${kind}`)
    }
  }
  return {
    needed: nodes
      .filter((node) => !isOfTools(node))
      .map((node) => node.location)
      .toSorted(),
    report,
  }
}

/** Only there because a tool needs it. */
function isOfTools({ dev, from }: NpmNode): boolean {
  return dev === true && !from.includes('')
}

/** npm reads every manifest and normalises it its own way (bin as an object, gyp as an install script). */
function npmNodes(projectDir: string): NpmNode[] {
  const json = run(projectDir, 'npm', ['query', '*', '--offline'])
  return (JSON.parse(json) as NpmNode[]).filter((node) => node.location.startsWith('node_modules/'))
}

/** Every regular file under node_modules, given to the deepest package that holds it. */
function filesByPackage(projectDir: string, nodes: readonly NpmNode[]): Map<string, FoundFile[]> {
  const packages = new Map(nodes.map((node) => [node.location, [] as FoundFile[]]))
  for (const line of run(projectDir, 'find', ['node_modules', '-type', 'f', '-printf', '%s %p\\n']).split(
    '\n',
  )) {
    const path = line.slice(line.indexOf(' ') + 1)
    const parts = path.split('/')
    for (let depth = parts.length - 1; depth > 1; depth--) {
      const files = packages.get(parts.slice(0, depth).join('/'))
      if (files === undefined) continue
      files.push({ path: parts.slice(depth).join('/'), bytes: Number.parseInt(line, 10) })
      break
    }
  }
  for (const files of packages.values())
    files.sort((a, b) => Buffer.compare(Buffer.from(a.path), Buffer.from(b.path)))
  return packages
}

function sizeOf(files: readonly FoundFile[]) {
  const bytes = files.map((file) => file.bytes)
  const largest = files.find((file) => file.bytes === Math.max(...bytes)) ?? null
  return { files: files.length, bytes: bytes.reduce((sum, size) => sum + size, 0), largest }
}

function elfFiles(projectDir: string): Set<string> {
  const script = `find node_modules -type f \\( -perm /111 -o -name '*.node' -o -name '*.so' -o -name '*.so.*' \\) |
    while IFS= read -r file; do [ "$(head -c 4 "$file" | tr -d '\\0' | od -An -c | tr -d ' \\n')" = '177ELF' ] && echo "$file"; done; :`
  return new Set(run(projectDir, 'sh', ['-c', script]).trim().split('\n'))
}

function installScripts(node: NpmNode, files: readonly FoundFile[]): string[] {
  const scripts = node.scripts ?? {}
  const names = ['preinstall', 'install', 'postinstall'].filter((name) => name in scripts)
  const implied =
    scripts['install'] === 'node-gyp rebuild' && files.some(({ path }) => path === 'binding.gyp')
  return implied ? [...names.filter((name) => name !== 'install'), 'node-gyp rebuild'] : names
}

function versionsOf(name: string, nodes: readonly NpmNode[]) {
  const same = nodes
    .filter((node) => node.name === name)
    .toSorted((a, b) => (a.location < b.location ? -1 : 1))
  const versions = Object.groupBy(same, (node) => node.version)
  return {
    name,
    versions: Object.fromEntries(
      Object.entries(versions).map(([version, copies = []]) => [
        version,
        copies.map((copy) => copy.location),
      ]),
    ),
    copies: same.length,
    duplicated: new Set(same.map((node) => node.version)).size > 1,
  }
}

function licenceTexts(projectDir: string, location: string, declared: string, files: readonly FoundFile[]) {
  const names = ['licen', 'copying', 'copyright', 'notice', 'unlicen']
  const texts = files
    .filter(({ path }) => names.some((name) => basename(path).toLowerCase().startsWith(name)))
    .filter(({ path }) => !/\.(?:js|cjs|mjs|ts|tsx|json|map)$/.test(path))
    .map(({ path }) => {
      const detected = licencesIn(readFileSync(join(projectDir, location, path), 'utf8'))
      const wanted = new Set(declared.replaceAll(/[()]/g, '').split(/ OR | AND /))
      const known = detected.filter((id) => wanted.has(id)).length
      const verdict =
        detected.length === 0
          ? 'unknown'
          : known === 0
            ? 'disagrees'
            : known < detected.length
              ? 'more'
              : 'agrees'
      return { path, detected, verdict }
    })
  return {
    declared,
    files: texts,
    disagreeing: texts.flatMap(({ path, verdict }) => (verdict === 'disagrees' ? [path] : [])),
    textMissing: texts.length === 0,
  }
}

/** Other sentences of each licence than those which the detector goes by. */
const sentences: [id: string, pattern: RegExp][] = [
  ['Apache-2.0', /apache\.org\/licenses\/(?:LICENSE-2\.0)?/i],
  ['BSD-2-Clause', /redistributions\W+in\W+binary\W+form\W+must\W+reproduce/i],
  ['BSD-3-Clause', /may\W+be\W+used\W+to\W+endorse\W+or\W+promote/i],
  ['BlueOak-1.0.0', /blueoakcouncil\.org\/license/i],
  ['CC-BY-4.0', /attribution 4\.0 international/i],
  ['CC0-1.0', /statement of purpose[^]*affirmer/i],
  ['ISC', /the\W+author\W+disclaims\W+all\W+warranties\W+with\W+regard/i],
  ['MIT', /to\W+deal\W+in\W+the\W+software\W+without\W+restriction/i],
  ['MPL-2.0', /mozilla\.org\/MPL\/2\.0|Covered Software/i],
  ['PostgreSQL', /has\W+no\W+obligations\W+to\W+provide\W+maintenance/i],
  ['Zlib', /must\W+not\W+be\W+misrepresented\W+as\W+being\W+the\W+original/i],
]

function licencesIn(text: string): string[] {
  const found = sentences.filter(([, pattern]) => pattern.test(text)).map(([id]) => id)
  // The three-clause licence holds the words of the two-clause one.
  return found.filter((id) => !(id === 'BSD-2-Clause' && found.includes('BSD-3-Clause')))
}

function run(cwd: string, program: string, args: string[]): string {
  return execFileSync(program, args, { cwd, encoding: 'utf8', maxBuffer: 256 * 1024 * 1024 })
}
