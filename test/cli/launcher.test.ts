import { execFile, spawnSync } from 'node:child_process'
import { chmod, copyFile, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { serve } from '../api/served.ts'

const root = join(import.meta.dirname, '../..')
const launcher = join(root, 'bin/jrctl')
const run = promisify(execFile)

/** What a command line does: never rejects. */
function jrctl(args: readonly string[], options: { env?: NodeJS.ProcessEnv; path?: string } = {}) {
  const { status, stdout, stderr } = spawnSync(options.path ?? launcher, args, {
    encoding: 'utf8',
    env: { PATH: process.env['PATH'], HOME: folder, ...options.env },
    cwd: folder,
  })
  return { status, stdout, stderr }
}

let folder: string
beforeAll(() => run(join(root, 'bin/build')), 60_000)
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'jrctl-launcher-'))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

describe('bin/jrctl', () => {
  it('is found through links, absolute, relative, one to another', async () => {
    await symlink(launcher, join(folder, 'one'))
    await symlink('one', join(folder, 'two'))
    await mkdir(join(folder, 'sub'))
    await symlink('../two', join(folder, 'sub/three'))
    for (const name of ['one', 'two', 'sub/three']) {
      expect(jrctl(['--version'], { path: join(folder, name) })).toMatchObject({ status: 0, stderr: '' })
    }
    expect(jrctl(['--version'], { path: './two' })).toMatchObject({ status: 0 })
  })

  describe('somewhere else', () => {
    /** A project of the launcher alone, and a PATH of this folder alone. */
    const elsewhere = async (nodeVersion?: string, args: readonly string[] = ['status', 'a b']) => {
      await mkdir(join(folder, 'p/bin'), { recursive: true })
      await copyFile(launcher, join(folder, 'p/bin/jrctl'))
      if (nodeVersion !== undefined) {
        const script = `#!/bin/sh\n[ "$1" = --version ] && echo ${nodeVersion} || echo ran "$@"\n`
        await writeFile(join(folder, 'node'), script)
        await chmod(join(folder, 'node'), 0o755)
      }
      return () => jrctl(args, { path: join(folder, 'p/bin/jrctl'), env: { PATH: folder } })
    }
    const built = async () => {
      await mkdir(join(folder, 'p/dist'), { recursive: true })
      await writeFile(join(folder, 'p/dist/main.js'), '')
    }

    it('says that it is not built', async () => {
      const { status, stderr } = (await elsewhere('v26.0.0'))()
      expect(status).toBe(69)
      expect(stderr).toMatch(/^jrctl: it is not built yet: .*\n {2}Run: npm run build/)
    })

    it.each([undefined, 'v20.20.2', 'v9.1.0', 'nonsense'])(
      'says that Node is missing when it is %s',
      async (version) => {
        const start = await elsewhere(version)
        await built()
        const { status, stderr } = start()
        expect(status).toBe(69)
        expect(stderr).toContain('no Node.js of version 22 or later')
        expect(stderr).toContain('npm ci')
      },
    )

    it.each([
      ['daemon', 8],
      ['demo', 8],
      ['work --stream', 16],
      ['work', 2],
    ])('gives %s the young generation that it has a use for', async (words, mib) => {
      const start = await elsewhere('v22.1.0', words.split(' '))
      await built()
      expect(start().stdout).toContain(`ran --max-semi-space-size=${mib} `)
    })

    it('takes a system Node that is new enough, and hands on the arguments as they are', async () => {
      const start = await elsewhere('v22.1.0')
      await built()
      expect(start()).toMatchObject({
        status: 0,
        stdout: `ran --max-semi-space-size=2 ${join(folder, 'p/dist/main.js')} status a b\n`,
      })
    })
  })
})

describe('a command of the bundle', () => {
  it.each([
    [['--version'], 0],
    [[], 2],
    [['frobnicate'], 2],
    [['status', '--nope'], 2],
    [['tasks', 'list', '--limit', 'x'], 2],
    [['--config', '/nowhere.toml', 'status'], 2],
    [['status'], 69],
    [['health-check', '--nope'], 3],
  ])('%j exits %i', (args, status) => {
    expect(jrctl(args).status).toBe(status)
  })

  it('tells errors once, on stderr, as JSON when asked', () => {
    const plain = jrctl(['status'])
    expect(plain.stdout).toBe('')
    expect(plain.stderr).toMatch(/^jrctl: No daemon answers on .*\n {2}Start one with .*\n$/)
    const shape: unknown = JSON.parse(jrctl(['status', '--json']).stderr)
    expect(shape).toMatchObject({ apiVersion: 1, error: { code: 'daemon.unreachable' } })
  })

  it('finds the log of the daemon, a worker, and its second instance', async () => {
    const workers = '[[workers]]\nname = "a#3"\ncommand = ["true"]\n'
    await writeFile(join(folder, 'jrctl.toml'), `[logs]\ndir = "logs"\n${workers}`)
    await mkdir(join(folder, 'logs'))
    const logs = {
      'jr_orchestrator.log': [],
      'b_jr.log': ['B Jr.'],
      'b_jr.2.log': ['B Jr. #2'],
      'a_3.log': ['a#3'],
    }
    for (const [name, args] of Object.entries(logs)) {
      await writeFile(join(folder, 'logs', name), `this is ${name}\n`)
      expect(jrctl(['logs', ...args])).toMatchObject({ status: 0, stdout: `this is ${name}\n` })
    }
  })

  it('is quiet when its reader goes away', () => {
    const { stderr } = spawnSync('sh', ['-c', `"${launcher}" --help | true`], { encoding: 'utf8' })
    expect(stderr).toBe('')
  })

  it('answers from a daemon, without colour into a pipe', async () => {
    const served = await serve()
    try {
      const { stdout } = await run(launcher, ['status'], {
        env: { ...process.env, JRCTL_SOCKET: served.socketPath },
      })
      expect(stdout).toMatch(/^Daemon {4}running · pid 42/)
      // No ESC anywhere.
      expect(stdout).not.toContain('\u001b')
    } finally {
      await served.stop()
    }
  })
})
