import { expect, test } from 'vitest'
import { BugError, OperationalError } from '../../src/errors.ts'
import { fence, instanceId, taskId } from '../../src/domain/ids.ts'
import type { AttemptQueue, StaleReason, WriteVerdict } from '../../src/ports/task-queue.ts'
import { createOutageLog } from '../../src/worker/outage-log.ts'
import { settle } from '../../src/worker/settle.ts'
import { fakeClock } from '../fakes/clock.ts'
import { fakeLogger } from '../fakes/logger.ts'
import { fakeRandom } from '../fakes/random.ts'

const lease = { taskId: taskId(1), fence: fence(1), instanceId: instanceId('i') }
const away = new OperationalError('away', { code: 'db.unreachable', retryable: true })
const refused = new OperationalError('no such column', { code: 'db.schema', retryable: false })

/** A queue whose answers are played in order, the last one for ever. */
function setting(answers: { complete?: (Error | true | StaleReason)[]; fail?: (Error | true)[] }) {
  const clock = fakeClock()
  const calls: string[] = []
  const play = (name: 'complete' | 'fail') => async (): Promise<WriteVerdict> => {
    calls.push(name)
    const list = answers[name] ?? [true]
    const answer = list.length > 1 ? list.shift() : list[0]
    if (answer instanceof Error) throw answer
    return answer === true || answer === undefined ? { accepted: true } : { accepted: false, reason: answer }
  }
  const failed = play('fail')
  const queue: Pick<AttemptQueue, 'complete' | 'fail' | 'release'> = {
    complete: play('complete'),
    fail: async () => {
      const verdict = await failed()
      return verdict.accepted ? { ...verdict, status: 'failed', attempt: 1 } : verdict
    },
    release: play('complete'),
  }
  const deadline = new AbortController()
  const logger = fakeLogger()
  const outage = createOutageLog(logger)
  const random = fakeRandom()
  return {
    clock,
    calls,
    deadline,
    options: { queue, clock, random, outage, logger, deadline: deadline.signal },
  }
}

test('a result waits out an outage of minutes', async () => {
  const { clock, calls, options } = setting({ complete: [...Array.from({ length: 60 }, () => away), true] })
  const settled = settle(lease, { kind: 'completed', result: 1 }, options)
  await clock.advance(10 * 60_000)
  expect(await settled).toMatchObject({ kind: 'stored' })
  expect(calls).toHaveLength(61)
  expect(clock.pending).toBe(0)
})

test.each([
  { complete: ['expired' as const], isAfterSilence: false },
  { complete: [away, 'expired' as const], isAfterSilence: true },
])(
  'what comes too late is refused, not forced; after silence: $isAfterSilence',
  async ({ complete, isAfterSilence }) => {
    const { clock, options } = setting({ complete })
    const settled = settle(lease, { kind: 'completed', result: 1 }, options)
    await clock.advance(1000)
    expect(await settled).toEqual({ kind: 'refused', reason: 'expired', isAfterSilence })
  },
)

test('a write whose answer was lost counts, and a second last word does not', async () => {
  const lost = setting({ complete: [away, 'recorded'] })
  const settled = settle(lease, { kind: 'completed', result: 1 }, lost.options)
  await lost.clock.advance(1000)
  expect(await settled).toMatchObject({ kind: 'stored' })
  const { options } = setting({ complete: ['recorded'] })
  expect(await settle(lease, { kind: 'completed', result: 1 }, options)).toMatchObject({ kind: 'refused' })
})

test('gives up after a bounded time', async () => {
  const { clock, options } = setting({ complete: [away] })
  const settled = settle(lease, { kind: 'completed', result: 1 }, options)
  await clock.advance(20 * 60_000)
  expect(await settled).toEqual({ kind: 'dropped', reason: 'away' })
})

test('a deadline cuts the wait short, after one last try', async () => {
  const { clock, calls, deadline, options } = setting({ complete: [away] })
  const settled = settle(lease, { kind: 'released', reason: 'stop' }, options)
  await clock.advance(0)
  const before = calls.length
  deadline.abort()
  expect(await settled).toEqual({ kind: 'dropped', reason: 'away' })
  expect(calls.length).toBe(before + 1)
  expect(clock.pending).toBe(0)
})

test.each([refused, new BugError('oops')])(
  'a result that is refused for good fails the attempt: %s',
  async (error) => {
    const { calls, options } = setting({ complete: [error] })
    expect(await settle(lease, { kind: 'completed', result: 1 }, options)).toMatchObject({ kind: 'stored' })
    expect(calls).toEqual(['complete', 'fail'])
  },
)

test('when even that is refused it is dropped, once without the partial result', async () => {
  const { calls, options } = setting({ fail: [refused] })
  const ending = { kind: 'failed', failure: { kind: 'attempt', error: 'e', result: 'half' } } as const
  expect(await settle(lease, ending, options)).toEqual({ kind: 'dropped', reason: 'no such column' })
  expect(calls).toEqual(['fail', 'fail'])
})
