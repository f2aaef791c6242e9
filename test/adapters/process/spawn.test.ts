import { execFileSync } from 'node:child_process'
import {
  closeSync,
  constants,
  mkdirSync,
  openSync,
  readFileSync,
  readdirSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { open } from 'node:fs/promises'
import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { type Ground, ground, isAlive, until } from './setup.ts'

let on: Ground
beforeEach(async () => {
  on = await ground()
})
afterEach(() => on.dispose())

test('the environment is exactly what was given, and the mark', async () => {
  const { identity, exited } = await on.start(['/usr/bin/env'], {
    env: { A: '1', EMPTY: '', ODD: 'a b\n"$c"' },
  })
  await exited
  // bash leaves a trace of its own where it is /bin/sh.
  const lines = on
    .log()
    .replace(/^_=.*\n/m, '')
    .split('\n')
    .sort()
  expect(lines).toEqual(['', '"$c"', 'A=1', 'EMPTY=', `JRCTL_MARK=${identity.mark}`, 'ODD=a b'].sort())
})

test('a variable that no shell can hand on is told', async () => {
  await (
    await on.start(['/bin/true'], { env: { 'with.dot': '1' } })
  ).exited
  expect(on.logger.lines.map((line) => line.message)).toEqual([
    'variables that a shell cannot hand on: with.dot',
  ])
})

test('arguments arrive as they are, and a name is never a builtin of the shell', async () => {
  const hard = ['-n', '', ' a  b ', '$HOME `id` \\', "'", '*', 'x=1', 'ümläut\n']
  await (
    await on.start(['printf', '[%s]', ...hard])
  ).exited
  expect(Buffer.from(on.log(), 'latin1').toString()).toBe(hard.map((argument) => `[${argument}]`).join(''))
  await expect(on.start(['export', 'A=1'])).rejects.toMatchObject({ code: 'process.missing' })
})

test('stdin is empty, and no descriptor of ours or of the shim is handed on', async () => {
  const secret = await open(join(on.dir, 'secret'), 'w')
  const inherited = new Set(handedOnToUs())
  const list = 'cat; for fd in 0 1 2 3 4 5 6 7 8 9; do if [ -h /proc/$$/fd/$fd ]; then echo $fd; fi; done'
  await (
    await on.start(['sh', '-c', list])
  ).exited
  await secret.close()
  const fds = on.log().trim().split('\n').map(Number)
  expect(fds.filter((fd) => !inherited.has(fd))).toEqual([0, 1, 2])
})

/** Descriptors that this test process itself was started with and that are not closed on exec. */
function handedOnToUs(): number[] {
  return readdirSync('/proc/self/fd')
    .map(Number)
    .filter((fd) => {
      try {
        const flags = /^flags:\s*(\d+)/m.exec(readFileSync(`/proc/self/fdinfo/${fd}`, 'latin1'))?.[1]
        return fd > 2 && (Number.parseInt(flags ?? '0', 8) & 0o2000000) === 0
      } catch {
        return false
      }
    })
}

test('output is appended byte for byte, binary garbage too, and nobody else may read it', async () => {
  const garbage = randomBytes(300_000)
  writeFileSync(join(on.dir, 'garbage'), garbage)
  await (
    await on.start(['sh', '-c', 'echo first >&2'])
  ).exited
  await (
    await on.start(['cat', 'garbage'])
  ).exited
  await (
    await on.start(['sh', '-c', 'kill -KILL $$'])
  ).exited
  expect(readFileSync(on.logFile).equals(Buffer.concat([Buffer.from('first\n'), garbage]))).toBe(true)
  expect(statSync(on.logFile).mode & 0o777).toBe(0o600)
  expect(statSync(on.runDir).mode & 0o777).toBe(0o700)
})

test('a log behind a symbolic link is refused, with its owner and the remedy', async () => {
  mkdirSync(join(on.dir, 'logs'))
  symlinkSync('/etc/passwd', on.logFile)
  await expect(on.start(['true'])).rejects.toMatchObject({
    code: 'process.log',
    message: expect.stringContaining(`${on.logFile} belongs to uid`),
    hint: expect.stringContaining('logs.dir'),
  })
})

test('a pipe in place of a log is refused at once, whether somebody reads from it or nobody', async () => {
  mkdirSync(join(on.dir, 'logs'))
  execFileSync('mkfifo', [on.logFile])
  await expect(on.start(['true'])).rejects.toMatchObject({ code: 'process.log' })
  const reader = openSync(on.logFile, constants.O_RDONLY | constants.O_NONBLOCK)
  await expect(on.start(['true'])).rejects.toMatchObject({
    code: 'process.log',
    message: expect.stringContaining('it is no plain file'),
  })
  closeSync(reader)
})

test('each worker leads a session and a process group of its own', async () => {
  const { identity } = await on.start(['sleep', '1000'])
  const fields = readFileSync(`/proc/${identity.pid}/stat`, 'latin1').split(') ')[1]?.split(' ')
  expect(fields?.slice(2, 4).map(Number)).toEqual([identity.pid, identity.pid])
})

test('nothing is left of an ended worker that is forgotten: no zombie, no exit file', async () => {
  const { identity, exited } = await on.start(['sh', '-c', 'exit 3'])
  await exited
  await on.host.forgetExit(identity.mark)
  expect(readdirSync(on.runDir)).toEqual([])
  expect(() => statSync(`/proc/${identity.pid}`)).toThrow('ENOENT')
})

test.each([
  {
    command: 'no-such',
    code: 'process.missing',
    says: 'no such program: no-such, looked in PATH /usr/bin:/bin',
  },
  { command: './nothing', code: 'process.missing', says: 'no such program: ./nothing' },
  { command: '', code: 'process.missing', says: '(empty name)' },
  { command: './plain', code: 'process.not_executable', says: './plain is not executable' },
  { command: './logs', code: 'process.missing', says: 'no such program: ./logs' },
])('$command is refused before anything is started', async ({ command, code, says }) => {
  writeFileSync(join(on.dir, 'plain'), 'x', { mode: 0o644 })
  mkdirSync(join(on.dir, 'logs'))
  await expect(on.start([command], { env: { PATH: '/usr/bin:/bin' } })).rejects.toMatchObject({
    code,
    message: expect.stringContaining(says),
  })
  expect(readdirSync(join(on.dir, 'logs'))).toEqual([])
})

test('a folder that is not there is told as such', async () => {
  await expect(on.start(['true'], { cwd: join(on.dir, 'nowhere') })).rejects.toMatchObject({
    code: 'process.no_cwd',
    message: `no such folder to run in: ${join(on.dir, 'nowhere')}`,
  })
})

test('what the kernel refuses to start is an error with a cause, not a crash', async () => {
  await expect(on.start(['true', 'x'.repeat(3_000_000)])).rejects.toMatchObject({ code: 'process.spawn' })
})

test('a signal to the whole group, as a terminal sends it, ends the command and is recorded by the shim', async () => {
  const { identity, exited } = await on.start(['sh', '-c', 'echo ready; exec sleep 1000'])
  await until(() => on.log() === 'ready\n')
  process.kill(-identity.pid, 'SIGINT')
  expect(await exited).toEqual({ code: null, signal: 'SIGINT', source: 'wait' })
})

test('a killed shim is heard at once, and its command is still found and ended', async () => {
  const { identity, exited } = await on.start(['sleep', '1000'])
  await until(async () => (await on.host.usage(identity))?.mainPid !== null)
  const mainPid = (await on.host.usage(identity))?.mainPid ?? 0
  process.kill(identity.pid, 'SIGKILL')
  expect(await exited).toEqual({ code: null, signal: 'SIGKILL', source: 'wait', shimKilled: true })
  expect(await on.host.tree(identity)).toEqual([mainPid])
  await on.host.signalTree(identity, 'SIGKILL')
  await until(() => !isAlive(mainPid))
})

test('a shim that stands still when its tree is killed, and killed again, still tells how its command ended', async () => {
  const { identity, exited } = await on.start(['sleep', '1000'])
  await until(async () => (await on.host.usage(identity))?.mainPid !== null)
  process.kill(identity.pid, 'SIGSTOP')
  await on.host.signalTree(identity, 'SIGKILL')
  await on.host.signalTree(identity, 'SIGKILL')
  expect(await exited).toEqual({ code: null, signal: 'SIGKILL', source: 'wait' })
})

test('one that cleared its environment is part of the tree while its family lives', async () => {
  const { identity } = await on.start([
    'sh',
    '-c',
    'env -i /bin/sleep 1000 & env -i setsid /bin/sleep 1000 & wait',
  ])
  await until(async () => (await on.host.tree(identity)).length >= 4)
  const tree = await on.host.tree(identity)
  await until(async () => {
    await on.host.signalTree(identity, 'SIGKILL')
    return !tree.some(isAlive)
  })
})
