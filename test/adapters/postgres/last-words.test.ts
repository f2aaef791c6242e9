import * as fc from 'fast-check'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { createDeadLetters } from '../../../src/adapters/postgres/dead-letters.ts'
import { createTaskQueue } from '../../../src/adapters/postgres/task-queue.ts'
import { instanceId, jrName, nodeId, taskId } from '../../../src/domain/ids.ts'
import { taskEvents, taskTransitions, type Lease, type TaskStatus } from '../../../src/domain/task.ts'
import type { DeadLetters } from '../../../src/ports/dead-letters.ts'
import type { TaskQueue } from '../../../src/ports/task-queue.ts'
import { claimOne } from '../../support/claim.ts'
import { connectTo, queueDatabase, type QueueDatabase } from './support/queue-database.ts'

/** Everybody who may say what becomes of a task, at the same moment. */
const voices = [
  'complete',
  'fail',
  'die',
  'release',
  'cancel',
  'retry',
  'replay',
  'purge',
  'returnLeases',
] as const
type Voice = (typeof voices)[number]

const jr = jrName('Contested Jr.')
const instance = instanceId('contested')
const connections = 8

let database: QueueDatabase
let wide: ReturnType<typeof connectTo>
let queue: TaskQueue
let letters: DeadLetters
beforeAll(async () => {
  database = await queueDatabase()
  wide = connectTo(database.url, connections)
  queue = createTaskQueue(wide, { retry: { initialMs: 60_000, maxMs: 60_000, jitter: 0 } })
  letters = createDeadLetters(wide)
})
afterAll(async () => {
  await wide.close()
  await database.dispose()
})

it('whoever speaks at once, one has the last word, and what is recorded is a life', async () => {
  const race = fc.record({
    /** Dead before the race, so that replays and purges have something to settle. */
    dead: fc.boolean(),
    lastAttempt: fc.boolean(),
    speakers: fc.array(fc.constantFrom(...voices), { minLength: 2, maxLength: connections }),
  })
  await fc.assert(
    fc.asyncProperty(race, async ({ dead, lastAttempt, speakers }) => {
      const [id = taskId(0)] = await queue.add(
        [{ title: 'contested', assignedJr: jr, maxAttempts: lastAttempt ? 1 : 3 }],
        'ann',
      )
      const claimed = await claimOne(queue, {
        jrNames: [jr],
        acceptUnassigned: false,
        instanceId: instance,
        nodeId: nodeId('n'),
        leaseMs: 60_000,
      })
      if (claimed === null) throw new Error('nothing to claim')
      const { lease } = claimed
      if (dead) await queue.fail(lease, { kind: 'final', error: 'x' })
      const version = (await queue.get(id))?.task.version ?? 0

      const heard = await Promise.all(speakers.map((voice, n) => speak(voice, lease, version, `voice ${n}`)))

      const count = (...wanted: Voice[]) =>
        speakers.filter((voice, n) => wanted.includes(voice) && heard[n] === true).length
      // Under one fence one word is accepted at most, and none when the attempt had ended before. (Completions that come
      // together are told alike: they are one word, said again because an answer was lost.)
      const ended = Number(count('complete') > 0) + count('fail', 'die', 'release')
      expect(ended).toBeLessThanOrEqual(dead ? 0 : 1)
      // One death is settled once, by whichever wish.
      expect(count('replay', 'purge')).toBeLessThanOrEqual(1)
      await expectLife(id, speakers, heard)
      await wide.query(`delete from jr_work_queue where id = $1`, [id])
    }),
    { numRuns: 60 },
  )
})

/** Whether the voice changed anything. */
async function speak(voice: Voice, lease: Lease, version: number, by: string): Promise<boolean> {
  const { taskId: id } = lease
  switch (voice) {
    case 'complete':
      return (await queue.complete(lease, { by })).accepted
    case 'fail':
      return (await queue.fail(lease, { kind: 'attempt', error: by })).accepted
    case 'die':
      return (await queue.fail(lease, { kind: 'final', error: by })).accepted
    case 'release':
      return (await queue.release(lease, by)).accepted
    case 'cancel':
      return (await queue.cancel(id, by, 'race')).kind === 'done'
    case 'retry':
      return (await queue.retry(id, by)).kind === 'done'
    case 'replay':
      return (await letters.replay([{ taskId: id, version }], by))[0]?.kind === 'done'
    case 'purge':
      return (await letters.purge([{ taskId: id, version }], by))[0]?.kind === 'done'
    case 'returnLeases':
      return (await queue.returnLeases(instance, by)).some(({ taskId: one }) => one === id)
    default:
      return voice satisfies never
  }
}

async function expectLife(id: number, speakers: readonly Voice[], heard: readonly boolean[]): Promise<void> {
  const events = await wide.query<{
    version: number
    from: TaskStatus | null
    to: TaskStatus | null
    actor: string
  }>(
    `select version, from_status as from, to_status as to, actor from jr_events where task_id = $1 order by version`,
    [id],
  )
  expect(events.map(({ version }) => version)).toEqual(events.map((_, index) => index + 1))
  for (const [index, { from, to }] of events.entries()) {
    expect(from).toBe(events[index - 1]?.to ?? null)
    if (from === null || to === null || from === to) continue
    const reachable = taskEvents.map((event) => taskTransitions[from][event])
    const isWaiting = to === 'pending' || to === 'assigned'
    expect(reachable.some((cell) => cell === to || (cell === 'waiting' && isWaiting))).toBe(true)
  }
  // What operators were told was done is on record under their name, once.
  for (const [n, voice] of speakers.entries()) {
    if (!['cancel', 'retry', 'replay', 'purge'].includes(voice)) continue
    expect(events.filter(({ actor }) => actor === `voice ${n}`)).toHaveLength(heard[n] === true ? 1 : 0)
  }
  const open = await wide.query(`select from jr_attempts where task_id = $1 and ended_at is null`, [id])
  expect(open).toHaveLength(events.at(-1)?.to === 'in_progress' ? 1 : 0)
}
