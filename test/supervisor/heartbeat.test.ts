import { expect, test } from 'vitest'
import type { WorkerDefinition } from '../../src/config/policy.ts'
import { instanceId, jrName } from '../../src/domain/ids.ts'
import type { Supervisor } from '../../src/supervisor/supervisor.ts'
import { type World, lastMark, supervisorIn, worker, world } from './setup.ts'

const lookEveryMs = 30_000

/** Looks at heartbeats every 30 s for a while, as the daemon does; `age` gives what the database says. */
async function look(
  on: World,
  supervisor: Supervisor,
  forMs: number,
  age: (elapsedMs: number) => number | null,
  byName = false,
): Promise<void> {
  for (let elapsedMs = 0; elapsedMs <= forMs; elapsedMs += lookEveryMs) {
    const ageMs = age(elapsedMs)
    const id = byName ? null : instanceId(lastMark(on))
    supervisor.heartbeats(ageMs === null ? [] : [{ instanceId: id, name: jrName('Research Jr.'), ageMs }])
    await on.clock.advance(lookEveryMs)
  }
}

async function running(
  changes: Partial<WorkerDefinition> = {},
): Promise<{ on: World; supervisor: Supervisor }> {
  const on = world()
  const supervisor = supervisorIn(on, [worker(changes)])
  await supervisor.start()
  await on.clock.advance(10_000)
  return { on, supervisor }
}

test.each([false, true])(
  'silence after a beat ends the tree and restarts it (legacy row: %s)',
  async (byName) => {
    const { on, supervisor } = await running()
    const mark = lastMark(on)
    await look(on, supervisor, 150_000, (elapsedMs) => 5_000 + elapsedMs, byName)
    expect(on.deaths).toMatchObject([{ instanceId: mark }])
    expect(on.deaths[0]?.cause).toMatch(/no heartbeat for 2\.\d min/)
    expect(on.machine.signals.every((sent) => sent.signal === 'SIGKILL')).toBe(true)
    expect(lastMark(on)).not.toBe(mark)
  },
)

test('one that keeps beating lives, and its age is shown', async () => {
  const { on, supervisor } = await running()
  await look(on, supervisor, 600_000, () => 20_000)
  expect(on.deaths).toEqual([])
  expect(supervisor.views()[0]?.heartbeatAgeMs).toBe(50_000)
})

test('auto: one that never beat is judged by its process alone, and a row of an earlier life does not count', async () => {
  const { on, supervisor } = await running()
  await look(on, supervisor, 600_000, (elapsedMs) => 3_600_000 + elapsedMs)
  expect(on.deaths).toEqual([])
  expect(supervisor.views()[0]?.heartbeatAgeMs).toBeNull()
})

test('required: one that never beat is silent once its time is over', async () => {
  const { on, supervisor } = await running({ heartbeat: 'required' })
  await look(on, supervisor, 180_000, () => null)
  expect(on.deaths).toHaveLength(1)
})

test('none: nobody listens', async () => {
  const { on, supervisor } = await running({ heartbeat: 'none' })
  await look(on, supervisor, 600_000, (elapsedMs) => 5_000 + elapsedMs)
  expect(on.deaths).toEqual([])
})

test('an outage kills nobody: silence across it proves nothing until a whole timeout was observed again', async () => {
  const { on, supervisor } = await running()
  await look(on, supervisor, 60_000, () => 10_000)
  await on.clock.advance(600_000)
  // The database is back; the worker's last beat was before the outage, its next is due within 30 s.
  await look(on, supervisor, 0, () => 650_000)
  await look(on, supervisor, 90_000, () => 10_000)
  expect(on.deaths).toEqual([])
  expect(supervisor.views()[0]?.state).toBe('running')
})

test('a machine that slept kills nobody either', async () => {
  const { on, supervisor } = await running()
  await look(on, supervisor, 300_000, () => 10_000)
  on.clock.jumpWall(3_600_000)
  await look(on, supervisor, 0, () => 3_600_000)
  expect(on.deaths).toEqual([])
})
