import { setTimeout as delay } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { systemClock } from '../../../src/adapters/clock.ts'
import { OperationalError } from '../../../src/errors.ts'
import type { Clock } from '../../../src/ports/clock.ts'
import { createCommandHost } from '../../../src/worker/command-process.ts'
import type { CommandHost } from '../../../src/worker/command-process.ts'
import { isAlive } from '../support/fixture-runner.ts'
import { policy, runAll, starts, streaming } from './support.ts'

/** Real processes; tells their pids. */
function watchedHost(): { host: CommandHost; pids: number[] } {
  const real = createCommandHost(systemClock())
  const pids: number[] = []
  const host: CommandHost = async (spec) => {
    const spawned = await real(spec)
    if (spawned.kind === 'started') pids.push(spawned.command.pid)
    return spawned
  }
  return { host, pids }
}

test('a cancelled task is told to the program, whose other tasks go on', async () => {
  const fixture = await streaming()
  const { queue, runner } = fixture
  const hanging = queue.add({ title: 'progress' })
  await runner.start()
  await queue.until(() => queue.row(hanging).progress.length > 0)
  expect(queue.row(hanging).progress[0]).toEqual([40, 'half way'])
  const askedAt = performance.now()
  queue.take(hanging, 'cancelled')
  queue.notifier.notify({ kind: 'ended', taskId: hanging })
  await queue.until(() => runner.stats().lost === 1)
  // The next renewal of its lease would tell it, too, some seconds later.
  expect(performance.now() - askedAt).toBeLessThan(5000)
  expect(queue.row(hanging)).toMatchObject({ status: 'cancelled', result: null, error: null, released: [] })
  const said = fixture.logger.lines.filter(({ fields }) => fields['taskId'] === hanging)
  expect(said.at(-1)).toMatchObject({ level: 'info', message: 'task cancelled' })
  expect(said.filter(({ level }) => level === 'warn')).toEqual([])
  const next = queue.add({ title: 'echo on' })
  queue.notifier.notify({ kind: 'work', jrName: null })
  await queue.until(() => queue.row(next).status === 'completed')
  expect(starts(fixture)).toBe(1)
})

test('a program that tells of its one long task gets others beside it, soon after a crash too', async () => {
  const fixture = await streaming()
  const { queue, runner } = fixture
  const dies = queue.add({ title: 'die' })
  await runner.start()
  await queue.until(() => queue.row(dies).status === 'retry')
  queue.take(dies, 'cancelled')
  const long = queue.add({ title: 'progress' })
  queue.notifier.notify({ kind: 'work', jrName: null })
  await queue.until(() => queue.row(long).progress.length > 0)
  const toldAt = performance.now()
  const beside = queue.add({ title: 'echo beside' })
  queue.notifier.notify({ kind: 'work', jrName: null })
  await queue.until(() => queue.row(beside).status === 'completed')
  // Its age alone would make room ten seconds after the start.
  expect(performance.now() - toldAt).toBeLessThan(5000)
  expect(queue.row(long).status).toBe('in_progress')
})

test('a program that ignores a cancel is started anew, and its other tasks go back unharmed', async () => {
  const { host, pids } = watchedHost()
  const fixture = await streaming({ host, policy: { ...policy, stopGraceMs: 200 } })
  const { queue, runner } = fixture
  // Answers, so that it is trusted with more than one task.
  const first = [queue.add({ title: 'nothing' }), queue.add({ title: 'nothing' })]
  await runner.start()
  await queue.until(() => first.every((id) => queue.row(id).status === 'completed'))
  const deaf = queue.add({ title: 'deaf' })
  const other = queue.add({ title: 'progress' })
  queue.notifier.notify({ kind: 'work', jrName: null })
  await queue.until(() => [deaf, other].every((id) => queue.row(id).progress.length > 0))
  queue.take(deaf, 'cancelled')
  queue.notifier.notify({ kind: 'ended', taskId: deaf })
  await queue.until(() => queue.row(other).released.length > 0)
  expect(queue.row(other).released[0]).toMatch(/started anew: task 3 was cancelled, and it did not answer/)
  expect(queue.row(other).error).toBeNull()
  expect(await isAlive(pids[0] ?? 0)).toBe(false)
  await queue.until(() => queue.row(other).status === 'in_progress')
  expect(runner.stats()).toMatchObject({ lost: 1, failed: 0 })
  expect(starts(fixture)).toBe(2)
})

test.each([
  { title: 'die', how: 'the program ended (exit code 3) before it answered: out of luck' },
  { title: 'shot', how: 'the program ended (killed by SIGKILL) before it answered' },
])(
  'a program that dies on "$title" fails what it had at hand, once, and is started again',
  async ({ title, how }) => {
    const ran = await runAll(['nothing', 'nothing', title, 'echo after'])
    expect(ran.rows[2]).toMatchObject({ status: 'retry', error: `attempt: ${how}` })
    expect(ran.rows[2]?.task.attempts).toBe(1)
  },
)

/** In which the quarter of a second that a program is given to fail lasts: on a busy machine a shell alone takes longer to end. */
function patientClock(): Clock {
  const real = systemClock()
  return { ...real, after: (ms, action, options) => real.after(ms === 250 ? 60_000 : ms, action, options) }
}

test('a program that cannot start costs no task anything', async () => {
  const command = ['/bin/sh', '-c', 'echo cannot import >&2; exit 1'] as const
  const fixture = await streaming({ command, clock: patientClock() })
  const { queue, runner, logger } = fixture
  const ids = Array.from({ length: 20 }, () => queue.add())
  await runner.start()
  const failures = () => logger.lines.filter(({ message }) => /started again after a pause/.test(message))
  while (failures().length < 2) await delay(20)
  for (const id of ids) expect(queue.row(id)).toMatchObject({ status: 'pending', released: [], error: null })
  expect(queue.claims).toEqual([])
  const pauses = failures().map(({ fields }) => fields['delayMs'] as number)
  expect(pauses[1]).toBeGreaterThan(pauses[0] ?? Infinity)
  expect(fixture.log.stderr.join('')).toContain('cannot import')
})

test('a program that dies of every task takes one with it each time', async () => {
  const fixture = await streaming()
  const { queue, runner } = fixture
  const ids = Array.from({ length: 20 }, () => queue.add({ title: 'die' }))
  await runner.start()
  await queue.until(() => starts(fixture) >= 2 && runner.stats().failed === 2)
  expect(ids.filter((id) => queue.row(id).status !== 'pending')).toHaveLength(2)
})

test('a program may leave after some work, and the next goes on at once, whatever was on its way', async () => {
  const fixture = await runAll(['retire', 'echo next', 'echo more'], { slots: 2 })
  expect(fixture.rows.map(({ status }) => status)).toEqual(['completed', 'completed', 'completed'])
  expect(fixture.runner.stats().failed).toBe(0)
  expect(starts(fixture)).toBe(2)
  expect(fixture.logger.lines.filter(({ level }) => level === 'warn')).toEqual([])
})

test('a task of which programs leave, as if in order, fails all the same', async () => {
  const script = `echo '{"ready":true}'; while read -r line; do
    case "$line" in *leave*) exit 0 ;; esac
    printf '{"attempt":"%.16s","result":1}\n' "\${line#'{"attempt":"'}"
  done`
  const { rows } = await runAll(['fine', 'leave'], { command: ['/bin/sh', '-c', script] })
  expect(rows[0]?.status).toBe('completed')
  expect(rows[1]).toMatchObject({ status: 'retry', task: { attempts: 2 } })
  expect(rows[1]?.released).toEqual(['the program left before it came to it'])
})

test('an endless line that names no attempt at its start ends the program, for somebody waits for that answer', async () => {
  const ran = await runAll(['secretive'])
  expect(ran.rows[0]).toMatchObject({ status: 'retry' })
  expect(ran.rows[0]?.error).toMatch(/the program ended \(the answer is \d+ bytes long, over the limit/)
})

test('a program that says nothing of being ready gets its tasks all the same', async () => {
  const { rows } = await runAll(['echo 1'], { command: [...(await streaming()).options.command, 'shy'] })
  expect(rows[0]?.status).toBe('completed')
})

test('a program that vanishes costs no task an attempt, and the runner fails', async () => {
  const host: CommandHost = async () => ({ kind: 'missing', reason: 'no program "x" on PATH' })
  const fixture = await streaming({ host })
  const id = fixture.queue.add()
  await fixture.runner.start()
  await expect(fixture.runner.failed).rejects.toThrow(OperationalError)
  await fixture.runner.stop('failed')
  expect(fixture.queue.row(id)).toMatchObject({ status: 'pending', released: [] })
})

test('a stop lets the program finish, tells it that nothing more comes, and leaves nothing of it', async () => {
  const { host, pids } = watchedHost()
  const fixture = await runAll(['echo 1', 'echo 2'], { host })
  await fixture.runner.stop('SIGTERM')
  expect(fixture.log.stdout.join('')).toContain('{"says":"goodbye"}')
  expect(await Promise.all(pids.map(isAlive))).toEqual([false])
  expect(fixture.queue.retired).toEqual(['i-1'])
})

test('a stop gives back what the program does not finish, whether it heeds the cancel or not', async () => {
  const { host, pids } = watchedHost()
  const fixture = await streaming({ host, policy: { ...policy, finishMs: 100, stopGraceMs: 500 } })
  const { queue, runner } = fixture
  const first = [queue.add({ title: 'nothing' }), queue.add({ title: 'nothing' })]
  await runner.start()
  await queue.until(() => first.every((id) => queue.row(id).status === 'completed'))
  const ids = [queue.add({ title: 'progress' }), queue.add({ title: 'deaf' })]
  queue.notifier.notify({ kind: 'work', jrName: null })
  await queue.until(() => ids.every((id) => queue.row(id).progress.length > 0))
  await runner.stop('SIGTERM')
  for (const id of ids)
    expect(queue.row(id)).toMatchObject({
      status: 'pending',
      lease: null,
      error: null,
      released: ['the worker stopped (SIGTERM)'],
    })
  expect(await Promise.all(pids.map(isAlive))).toEqual([false])
  expect(runner.stats()).toMatchObject({ released: 2, failed: 0 })
})

test('a hurry waits for nothing', async () => {
  const { host, pids } = watchedHost()
  const longPolicy = { ...policy, finishMs: 300_000, stopGraceMs: 600_000 }
  const { queue, runner } = await streaming({ host, policy: longPolicy })
  const id = queue.add({ title: 'deaf' })
  await runner.start()
  await queue.until(() => queue.row(id).progress.length > 0)
  const stopped = runner.stop('SIGTERM')
  runner.hurry()
  runner.hurry()
  await stopped
  expect(queue.row(id)).toMatchObject({ status: 'pending', released: ['the worker stopped in a hurry'] })
  expect(await Promise.all(pids.map(isAlive))).toEqual([false])
})
