import { expect, it } from 'vitest'
import { OperationalError, UserError } from '../../src/errors.ts'
import { type TakeOverOptions, takeOver } from '../../src/main/run-daemon-takeover.ts'
import { fakeClock } from '../fakes/clock.ts'

type Answer = { version: string; pid: number; manager: string | null } | undefined | Error

interface Given {
  goesMs?: number
  next?: number
  cut?: boolean
  units?: Record<number, string>
  parents?: Record<number, number>
}

/** An owner with pid 7 that lets go after `goesMs`; `locks`: who holds the lock then, pid 0 nobody. */
function setUp(answer: Answer, { goesMs = 0, next = 0, cut = false, units = {}, parents = {} }: Given = {}) {
  const clock = fakeClock()
  const asked: { name: string; input: object }[] = []
  const notes: string[] = []
  let freeMs = Number.POSITIVE_INFINITY
  const client = {
    where: '/s/jrctl.sock',
    async call(name: string, input: object) {
      asked.push({ name, input })
      if (name === 'shutdown') {
        freeMs = clock.monotonicMs() + goesMs
        if (cut) throw new OperationalError('reset', { code: 'daemon.unreachable', retryable: true })
      }
      if (name === 'health' && answer instanceof Error) throw answer
      return { daemon: answer }
    },
  }
  const options: TakeOverOptions = {
    stateDir: '/s',
    ownerPid: 7,
    ownPid: 8,
    client: client as unknown as TakeOverOptions['client'],
    lock() {
      const isFree = clock.monotonicMs() >= freeMs
      if (isFree && next === 0) return { kind: 'held', release() {} }
      return { kind: 'taken', ownerPid: isFree ? next : 7 }
    },
    unitOf: (pid) => units[pid] ?? null,
    parentOf: (pid) => parents[pid] ?? 1,
    async holdDoor() {
      asked.push({ name: 'hold', input: {} })
      return {
        host: 'h',
        port: 1,
        handTo: () => false,
        close: () => void asked.push({ name: 'let go', input: {} }),
      }
    },
    clock,
    note: (text) => void notes.push(text),
  }
  return { clock, asked, notes, options }
}

const daemon = { version: '1', pid: 7, manager: null }

it('asks the owner to leave its workers to us, and waits until it has let go', async () => {
  const { clock, asked, options } = setUp(daemon, { goesMs: 300 })
  const taking = takeOver(options)
  await clock.advance(400)
  expect(await taking).toMatchObject({ fromPid: 7, agreedMs: 1000 })
  expect(asked).toEqual([
    { name: 'health', input: {} },
    // Before: from then on nobody else may be there to let clients in.
    { name: 'hold', input: {} },
    { name: 'shutdown', input: { workers: 'leave', successor: 8 } },
  ])
  expect(clock.pending).toBe(0)
})

it('says whom it waits for, and gives up with the next step', async () => {
  const { asked, clock, notes, options } = setUp(daemon, { goesMs: 1e9 })
  const taking = takeOver(options).catch((error: unknown) => error)
  await clock.advance(91_000)
  const error = await taking
  expect(error).toBeInstanceOf(OperationalError)
  expect(error).toMatchObject({ code: 'daemon.holds_on', hint: expect.stringContaining('kill -9 7') })
  expect(notes.length).toBeGreaterThan(10)
  expect(asked.at(-1)?.name).toBe('let go')
})

it('leaves it to a third one that was faster', async () => {
  const { clock, options } = setUp(daemon, { goesMs: 50, next: 9 })
  const taking = takeOver(options).catch((error: unknown) => error)
  await clock.advance(100)
  expect(await taking).toMatchObject({ message: expect.stringContaining('pid 9, was faster') })
})

it('goes by the lock when the owner is gone between two questions', async () => {
  const { clock, options } = setUp(daemon, { goesMs: 20, cut: true })
  const taking = takeOver(options)
  await clock.advance(100)
  expect(await taking).toMatchObject({ fromPid: 7 })
})

it.each([
  ['too old to leave its workers', undefined, /too old/, /shutdown.workers = "leave"/],
  ['another one', { ...daemon, pid: 6 }, /socket of pid 6, but pid 7 owns/, /\[api\] socket/],
  [
    'one that systemd would start again',
    { ...daemon, manager: 'systemd unit jr.service' },
    /run by systemd unit jr.service/,
    /systemctl restart jr\.service/,
  ],
  [
    'deaf',
    new OperationalError('no answer', { code: 'daemon.timeout', retryable: true }),
    /does not answer/,
    /kill -9 7/,
  ],
  [
    "another user's",
    new OperationalError('Cannot reach it', { code: 'daemon.denied', retryable: false, hint: 'sudo -u' }),
    /Cannot reach it/,
    /sudo -u/,
  ],
])('changes nothing of an owner that is %s', async (_, answer, message, hint) => {
  const { asked, options } = setUp(answer, { units: { 7: 'jr.service', 8: 'other.service' } })
  const error: unknown = await takeOver(options).catch((caught: unknown) => caught)
  expect(error instanceof UserError || error instanceof OperationalError).toBe(true)
  expect(error).toMatchObject({ message: expect.stringMatching(message), hint: expect.stringMatching(hint) })
  expect(asked.map(({ name }) => name)).toEqual(['health'])
})

it('refuses to become the main process of a unit whose manager would not wait for its end', async () => {
  const managed = { ...daemon, manager: 'systemd unit jr.service' }
  const { asked, options } = setUp(managed, {
    units: { 7: 'jr.service', 8: 'jr.service' },
    parents: { 8: 99 },
  })
  await expect(takeOver(options)).rejects.toMatchObject({
    hint: expect.stringContaining('systemctl restart jr.service'),
  })
  expect(asked.map(({ name }) => name)).toEqual(['health'])
})

it('takes over within one unit, whose main process it becomes', async () => {
  const managed = { ...daemon, manager: 'systemd unit jr.service' }
  const { asked, options } = setUp(managed, { units: { 7: 'jr.service', 8: 'jr.service' } })
  await takeOver(options)
  expect(asked.map(({ name }) => name)).toEqual(['health', 'hold', 'shutdown'])
})
