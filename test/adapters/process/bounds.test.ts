import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { ResourceLimits } from '../../../src/domain/resource-limits.ts'
import { type Ground, ground, isAlive, until } from './setup.ts'

let on: Ground
beforeEach(async () => {
  on = await ground()
})
afterEach(() => on.dispose())

const none: ResourceLimits = { memoryBytes: null, cpuCores: null, openFiles: null, nice: null }
const isRoot = process.getuid?.() === 0
/** An account that every Debian has, with nothing to its name. */
const user = 'nobody'

test('open files and niceness are those of the command, not of its shim', async () => {
  const { identity, exited } = await on.start(['sh', '-c', 'ulimit -n; nice'], {
    limits: { ...none, openFiles: 77, nice: 7 },
  })
  expect(readFileSync(`/proc/${identity.pid}/limits`, 'utf8')).not.toMatch(/^Max open files +77 /m)
  await exited
  expect(on.log()).toBe('77\n7\n')
})

test('a bound that nobody may give is refused before anything is started, with the way out', async () => {
  await expect(on.start(['true'], { limits: { ...none, openFiles: 2 ** 31 } })).rejects.toMatchObject({
    code: 'process.limits',
    message: expect.stringContaining('open_files = 2147483648 is over the'),
  })
})

/** Fills so many MiB of memory and keeps them; says `full`. */
const fill = (mib: number): [string, string, string] => [
  process.execPath,
  '-e',
  `const kept = Buffer.alloc(${mib} * 2**20, 1); console.log('full'); setInterval(() => kept, 1e6)`,
]

test('who is over its memory limit is ended with all it started, and the exit says why', async () => {
  const { identity, exited } = await on.start(['sh', '-c', `sleep 1000 & exec "$@"`, 'sh', ...fill(150)], {
    limits: { ...none, memoryBytes: 100 * 2 ** 20 },
  })
  const exit = await exited
  expect(exit).toMatchObject({ code: null, source: 'wait' })
  expect(exit.cause).toMatch(/^over its memory limit of 100M \(used \d+M\)$/)
  await on.host.signalTree(identity, 'SIGKILL')
  await until(async () => (await on.host.tree(identity)).length === 0)
})

test('a daemon that adopts it keeps its limit', async () => {
  const limits = { ...none, memoryBytes: 100 * 2 ** 20 }
  const { identity } = await on.start(
    ['sh', '-c', 'while ! [ -e go ]; do sleep 0.05; done; exec "$@"', 'sh', ...fill(150)],
    { limits },
  )
  const adoption = await on.another().adopt(identity)
  if (adoption.kind !== 'alive') throw new Error('it lives')
  writeFileSync(join(on.dir, 'go'), '')
  expect((await adoption.process.exited).cause).toContain('over its memory limit of 100M')
})

test('who ignores being asked is killed', async () => {
  const [node, evaluate, script] = fill(250)
  // Node takes back what a shell before it had ignored.
  const { identity, exited } = await on.start(
    [node, evaluate, `process.on('SIGTERM', () => {}); ${script}`],
    {
      limits: { ...none, memoryBytes: 100 * 2 ** 20 },
    },
  )
  expect(await exited).toMatchObject({ signal: 'SIGKILL', cause: expect.stringContaining('100M') })
  await until(() => !isAlive(identity.pid))
})

test.skipIf(!isRoot)(
  'as another account: its ids, its groups, its variables; log and exit stay ours (needs root)',
  async () => {
    const { exited } = await on.start(
      ['sh', '-c', 'id -un; id -G; echo $HOME $USER $LOGNAME; umask; exit 9'],
      {
        user,
        cwd: '/',
        limits: { ...none, openFiles: 99, nice: 3 },
      },
    )
    expect(await exited).toEqual({ code: 9, signal: null, source: 'wait' })
    const [name, groups, variables] = on.log().split('\n')
    const passwd = /^nobody:[^:]*:\d+:(\d+):[^:]*:([^:]*):/m.exec(readFileSync('/etc/passwd', 'utf8'))
    expect([name, groups, variables]).toEqual([user, passwd?.[1], `${passwd?.[2]} ${user} ${user}`])
  },
)

test.skipIf(!isRoot)(
  'what it set itself wins over the account, and its processes are found and ended (needs root)',
  async () => {
    const { identity } = await on.start(
      ['sh', '-c', 'echo $HOME; setsid env -i /bin/sleep 1000 & exec sleep 1000'],
      {
        user,
        cwd: '/',
        env: { PATH: process.env['PATH'] ?? '', HOME: '/tmp' },
      },
    )
    await until(async () => (await on.host.tree(identity)).length === 3)
    expect(on.log()).toBe('/tmp\n')
    const tree = await on.host.tree(identity)
    await until(async () => {
      await on.host.signalTree(identity, 'SIGKILL')
      return !tree.some(isAlive)
    })
  },
)

test('an account that is not there is refused by name', async () => {
  await expect(on.start(['true'], { user: 'no-such-jr' })).rejects.toMatchObject({
    code: 'process.user',
    message: 'there is no account no-such-jr on this machine',
    hint: expect.stringContaining('useradd no-such-jr'),
  })
})
