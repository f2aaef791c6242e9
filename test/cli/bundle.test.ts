import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { cp, lstat, mkdtemp, readdir, rm, symlink, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

const root = join(import.meta.dirname, '../..')
const run = promisify(execFile)

interface Meta {
  outputs: Record<
    string,
    { entryPoint?: string; inputs: object; imports: { path: string; kind: string; external?: boolean }[] }
  >
}

/** The packages of every file that is loaded when these source files are, dynamic imports left out. */
function packagesLoadedBy(meta: Meta, sources: readonly string[]): Set<string> {
  const waiting = Object.keys(meta.outputs).filter((name) =>
    sources.includes(meta.outputs[name]?.entryPoint ?? ''),
  )
  expect(waiting).toHaveLength(sources.length)
  const packages = new Set<string>()
  const seen = new Set<string>()
  for (const name of waiting) {
    if (seen.has(name)) continue
    seen.add(name)
    const { inputs, imports } = meta.outputs[name] ?? { inputs: {}, imports: [] }
    for (const input of Object.keys(inputs))
      packages.add(/node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(input)?.[1] ?? 'jrctl')
    for (const { path, kind, external } of imports) {
      if (external && !path.startsWith('node:')) packages.add(path)
      if (!external && kind === 'import-statement') waiting.push(path)
    }
  }
  return packages
}

describe('the bundle', () => {
  let meta: Meta
  beforeAll(async () => {
    await run(join(root, 'bin/build'))
    meta = JSON.parse(readFileSync(join(root, 'dist/meta.json'), 'utf8')) as Meta
  }, 60_000)

  it('loads for `jrctl status` nothing but what it is and the TOML parser', () => {
    const path = [
      'src/main.ts',
      'src/main/main.ts',
      'src/cli/status.ts',
      'src/client/client.ts',
      'src/config/locate.ts',
    ]
    expect([...packagesLoadedBy(meta, path)].sort()).toEqual(['jrctl', 'smol-toml'])
  })

  it('keeps schemas, servers and databases out of every command that asks the daemon', () => {
    const path = ['tasks', 'urgent', 'workers', 'ledger', 'reload', 'bus', 'bus/respond', 'bus/request'].map(
      (name) => `src/cli/${name}.ts`,
    )
    expect([...packagesLoadedBy(meta, ['src/main/main.ts', ...path])].sort()).toEqual([
      'commander',
      'fastest-levenshtein',
      'jrctl',
    ])
  })

  it('loads the compiler of conditions only where there are some', () => {
    const path = ['src/main/run-daemon-command.ts', 'src/main/run-rules.ts', 'src/config/load.ts']
    expect(packagesLoadedBy(meta, path)).not.toContain('@marcbachmann/cel-js')
    expect(packagesLoadedBy(meta, ['src/expressions/snapshot-condition.ts'])).toContain(
      '@marcbachmann/cel-js',
    )
  })
})

// Whole builds: each a second on a quiet machine, many where others build too.
describe('bin/build', { timeout: 120_000 }, () => {
  let project: string
  beforeAll(async () => {
    project = await mkdtemp(join(tmpdir(), 'jrctl-build-'))
    for (const name of ['src', 'tui', 'bin', 'package.json', 'package-lock.json', 'tsconfig.json']) {
      await cp(join(root, name), join(project, name), { recursive: true })
    }
    await symlink(join(root, 'node_modules'), join(project, 'node_modules'))
    await build()
  }, 60_000)
  afterAll(() => rm(project, { recursive: true, force: true }))

  const build = async (...args: string[]) => (await run(join(project, 'bin/build'), args)).stderr
  const built = expect.stringMatching(/^built dist in \d+ ms\n$/) as string
  const version = join('src', 'main', 'version.ts')

  it('does nothing when nothing changed', async () => {
    expect(await build()).toBe('')
  })

  it('builds again when a file changed, even with the size and times of the old one', async () => {
    const { atime, mtime } = await lstat(join(project, version))
    const text = readFileSync(join(project, version), 'utf8')
    await writeFile(join(project, version), text.replace('program', 'PROGRAM'))
    await utimes(join(project, version), atime, mtime)
    expect(await build()).toEqual(built)
    expect(await build()).toBe('')
  })

  it('builds again when a file came, went, or a chunk is missing', async () => {
    await writeFile(join(project, 'src/new.ts'), '')
    expect(await build()).toEqual(built)
    await rm(join(project, 'src/new.ts'))
    expect(await build()).toEqual(built)
    const [chunk = ''] = await readdir(join(project, 'dist/chunks'))
    await rm(join(project, 'dist/chunks', chunk))
    expect(await build()).toEqual(built)
  })

  it('may run twice at once, while commands are called', async () => {
    const calls = async () => {
      for (let call = 0; call < 5; call++) await run(join(project, 'bin/jrctl'), ['--version'])
    }
    await run('ln', ['-sfn', join(root, 'node_modules'), join(project, 'node_modules')])
    await Promise.all([build('--force'), build('--force'), calls()])
    const left = await readdir(join(project, 'dist'))
    expect(left.filter((name) => name.endsWith('.tmp'))).toEqual([])
  })

  it('fails with the place of a mistake, and leaves the old build', async () => {
    await writeFile(join(project, version), 'export const version: string = (')
    await expect(build()).rejects.toMatchObject({
      code: 1,
      stderr: expect.stringContaining('version.ts:1') as string,
    })
    await expect(run(join(project, 'bin/jrctl'), ['--version'])).resolves.toMatchObject({ stderr: '' })
  })
})
