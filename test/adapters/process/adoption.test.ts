import { spawn } from 'node:child_process'
import { readdirSync, writeFileSync } from 'node:fs'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { systemClock } from '../../../src/adapters/clock.ts'
import { systemRandom } from '../../../src/adapters/random.ts'
import type { Clock } from '../../../src/ports/clock.ts'
import type { ProcessIdentity } from '../../../src/ports/process-host.ts'
import { type Ground, ground, isAlive, killAll, until } from './setup.ts'

let on: Ground
const orphans: ProcessIdentity[] = []
beforeEach(async () => {
  on = await ground()
})
afterEach(async () => {
  for (const identity of orphans.splice(0)) await killAll(on.host, identity)
  await on.dispose()
})

/** A worker whose daemon was killed with SIGKILL after starting it. */
async function orphan(script: string): Promise<ProcessIdentity> {
  const daemonFile = join(import.meta.dirname, 'doomed-daemon.ts')
  const args = [daemonFile, on.runDir, systemRandom().hex(16), on.logFile, 'sh', '-c', script, 'sh', on.dir]
  const daemon = spawn(process.execPath, args, { stdio: ['pipe', 'pipe', 'inherit'] })
  const [line] = (await once(createInterface(daemon.stdout), 'line')) as [string]
  const identity = JSON.parse(line) as ProcessIdentity
  orphans.push(identity)
  daemon.kill('SIGKILL')
  await once(daemon, 'exit')
  return identity
}

/** Works until told to go, then exits with 5. */
const untilTold = 'echo working; while ! [ -e "$1/go" ]; do sleep 0.01; done; echo done; exit 5'
const killedWhenTold = untilTold.replace('exit 5', () => 'kill -KILL $$')
const tell = (): void => writeFileSync(join(on.dir, 'go'), '')

/** Real time, but nothing of a second and more ever comes: what is heard is heard by event. */
const withoutPolls: Clock = {
  ...systemClock(),
  after: (delayMs, action, options) =>
    delayMs >= 1000 ? { cancel: () => {} } : systemClock().after(delayMs, action, options),
}

test('a worker survives kill -9 of its daemon, is adopted, and its exit is heard by event', async () => {
  const identity = await orphan(untilTold)
  const adoption = await on.another(withoutPolls).adopt(identity)
  if (adoption.kind !== 'alive') throw new Error('it did not survive')
  tell()
  expect(await adoption.process.exited).toEqual({ code: 5, signal: null, source: 'file' })
  expect(on.log()).toBe('working\ndone\n')
})

test('where there is no lifeline to listen on, looking finds the end too', async () => {
  const identity = await orphan('echo ready; exec sleep 1000')
  await until(() => on.log() === 'ready\n')
  const main = (await on.host.tree(identity)).find((pid) => pid !== identity.pid)
  // The command is no shim: it holds no lifeline.
  const found = await on.host.find(identity.mark)
  expect(found).toEqual(identity)
  process.kill(identity.pid, 'SIGKILL')
  await until(() => !isAlive(identity.pid))
  const rest = await on.host.find(identity.mark)
  expect(rest?.pid).toBe(main)
  if (rest === null) return
  const adoption = await on.host.adopt(rest)
  if (adoption.kind !== 'alive') throw new Error('it is alive')
  process.kill(rest.pid, 'SIGTERM')
  expect(await adoption.process.exited).toEqual({ code: null, signal: null, source: 'unknown' })
})

test('the exit of one that ended while no daemon ran is learned afterwards, until it is forgotten', async () => {
  const identity = await orphan(untilTold)
  tell()
  await until(() => !isAlive(identity.pid))
  // Heard, and dead before it was saved: the next daemon asks again.
  for (const daemon of [on.host, on.another(), on.another()]) {
    expect(await daemon.adopt(identity)).toEqual({
      kind: 'ended',
      exit: { code: 5, signal: null, source: 'file' },
    })
  }
  await on.host.forgetExit(identity.mark)
  expect(readdirSync(on.runDir)).toEqual([])
  expect(await on.host.adopt(identity)).toMatchObject({ kind: 'ended', exit: { source: 'unknown' } })
})

test('the death by a signal is learned afterwards too', async () => {
  const identity = await orphan(killedWhenTold)
  tell()
  await until(() => !isAlive(identity.pid))
  expect(await on.host.adopt(identity)).toMatchObject({
    kind: 'ended',
    exit: { code: null, signal: 'SIGKILL', source: 'file' },
  })
})

test('an adopted tree is ended with all that left its session', async () => {
  const identity = await orphan(
    'setsid sleep 1000 & (setsid sh -c "sleep 1000 & wait" &); trap "" TERM; echo ready; while :; do sleep 1; done',
  )
  await until(async () => on.log() === 'ready\n' && (await on.host.tree(identity)).length >= 5)
  const tree = await on.host.tree(identity)
  const adoption = await on.another(withoutPolls).adopt(identity)
  if (adoption.kind !== 'alive') throw new Error('it did not survive')
  await killAll(on.host, identity)
  await adoption.process.exited
  expect(tree.filter(isAlive)).toEqual([])
})

test('a broken exit file is no exit', async () => {
  const identity = await orphan(untilTold)
  tell()
  await until(() => !isAlive(identity.pid))
  writeFileSync(join(on.runDir, `${identity.mark}.exit`), '12')
  expect(await on.host.adopt(identity)).toMatchObject({ kind: 'ended', exit: { source: 'unknown' } })
})
