import { expect, test } from 'vitest'
import { judgedInsight } from '../../src/daemon/judged-insight.ts'
import { jrName, taskId } from '../../src/domain/ids.ts'
import { explain } from '../../src/domain/why/explain.ts'
import type { QueueInsight } from '../../src/ports/queue-insight.ts'
import { fakeClock } from '../fakes/clock.ts'
import { fakeQueueInsight } from '../fakes/queue-insight.ts'
import { fakeTaskQueue } from '../fakes/task-queue.ts'

const names = ['tag_jr', 'score_jr'].map(jrName)

/** What of who accepts is judged, of a task with priority 5 while both Jrs are online. */
async function judged(conditions: (string | null)[]) {
  const clock = fakeClock()
  const queue = fakeTaskQueue(clock)
  const [id = 0] = await queue.add([{ title: 'a task', priority: 5 }], 'tester')
  const insight: QueueInsight = {
    async sight(task) {
      const sighting = await fakeQueueInsight(queue, clock).sight(task)
      if (sighting.kind !== 'seen') return sighting
      const online = { count: names.length, some: names.map((name) => ({ name, load: 0 })) }
      const accepts = names.map((name, at) => ({
        jrName: name,
        accepts: { tags: null, when: conditions[at] ?? null },
      }))
      return { kind: 'seen', standing: { ...sighting.standing, online, accepts } }
    },
  }
  const sighting = await judgedInsight(insight).sight(taskId(id))
  if (sighting.kind !== 'seen') throw new Error('not seen')
  return sighting.standing
}

test('conditions are judged as the leader does, and one that fails or is none of ours holds for nothing', async () => {
  const holds = async (when: string | null) => (await judged([when])).accepts[0]?.holds
  expect(await holds('priority < 3')).toBe(false)
  expect(await holds('priority == 5')).toBe(true)
  expect(await holds('score > 0.5')).toBe(false)
  expect(await holds('not a condition')).toBe(false)
  expect(await holds(null)).toBeUndefined()
})

test('why says that nobody takes a task for which no condition holds', async () => {
  const standing = await judged(['priority < 3', 'score > 0.5'])
  const daemon = { up: false, problem: 'no daemon' } as const
  expect(explain({ standing, daemon }).reasons.map(({ kind }) => kind)).toContain('nobody_accepts')
})
