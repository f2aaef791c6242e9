import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest'
import type { WorkerView } from '../../../src/domain/worker.ts'
import { migrateForTests } from '../../support/migrate.ts'
import { type Ground, prepareGround } from '../fleet/ground.ts'
import { eventually } from '../fleet/processes.ts'
import { createTally } from '../tally.ts'
import { type Fleet, prepareFleet, untilWorkers } from './fleet.ts'

/*
 * A worker whose process dies of every task (fault 18): its breaker opens before the queue is drained into the dead letters,
 * stays as it is when the daemon is killed, and closes through a probe once the cause is gone.
 */

const tasks = 12
const failuresMax = 3
/** Each death costs the task at work an attempt; after so many it is a dead letter. */
const attemptsMax = 3
const probeAfterMs = 3_000
/** After each probe that fails the next one waits twice as long: no more of them can have been in so long a time. */
const probesWithin = (ms: number): number => Math.floor(Math.log2(ms / probeAfterMs + 1))

const tally = createTally()
let ground: Ground

beforeAll(async () => {
  ground = await prepareGround(tally)
  await migrateForTests(ground.server.url)
})

afterAll(() => ground.end())

interface Poisoned {
  fleet: Fleet
  name: string
  heal: () => void
}

/** Its command kills the worker that runs it, until it is healed. */
async function startPoisoned(name: string, breakerFailures: number): Promise<Poisoned> {
  const remedy = join(ground.at.folder, `${name}-remedy`)
  const handler = '[ -e "$0" ] && exit 0; kill -9 "$PPID"'
  const fleet = await prepareFleet(ground, {
    name,
    supervisor: `breaker_failures = ${breakerFailures}
breaker_window = "60s"
breaker_probe_after = "${probeAfterMs}ms"
fleet_restarts = 0
healthy_after = "500ms"`,
    workers: [
      {
        name,
        command: ['jrctl', 'work', name, '--no-unassigned', '--', 'sh', '-c', handler, remedy],
      },
    ],
  })
  onTestFinished(async () => void (await fleet.stop()))
  await ground.queue.add(
    Array.from({ length: tasks }, () => ({ title: 'poison', assignedJr: name, maxAttempts: attemptsMax })),
    'chaos',
  )
  await fleet.launch()
  return { fleet, name, heal: () => writeFileSync(remedy, '') }
}

async function countOf(name: string, status: string): Promise<number> {
  const rows = await ground.server.ask(
    `select id from jr_work_queue where assigned_jr = $1 and status = $2`,
    [name, status],
  )
  return rows.length
}

async function attemptsOf(name: string): Promise<number> {
  return (await ground.server.ask(`select task_id from jr_attempts where jr_name = $1`, [name])).length
}

const isOpen = (views: readonly WorkerView[]): boolean =>
  views.length > 0 && views.every(({ state }) => state === 'disabled_by_failure')

it('the breaker opens before the queue is drained, outlives the daemon, and closes through a probe', async () => {
  onTestFinished(() => console.log(tally.table()))
  const startMs = performance.now()
  const { fleet, name, heal } = await startPoisoned('poisoned', failuresMax)
  await untilWorkers(fleet, 'the breaker opens', isOpen)
  tally.fault('crash loop')
  expect(await countOf(name, 'failed')).toBeLessThanOrEqual(1)

  await fleet.kill()
  tally.fault('daemon killed with an open breaker')
  await fleet.launch()
  await untilWorkers(fleet, 'the breaker is open still', isOpen)
  // One more where the kill met a probe: it told nothing, so the next one does not wait for longer.
  const probes = probesWithin(performance.now() - startMs) + 1
  expect(await attemptsOf(name)).toBeLessThanOrEqual(failuresMax + probes)

  heal()
  await untilWorkers(fleet, 'the probe closes it', (views) => views.every(({ state }) => state === 'running'))
  const failed = await countOf(name, 'failed')
  tally.note('dead letters of a crash loop', failed)
  expect(failed).toBeLessThan(tasks / 2)
  await eventually(
    'all the others are done',
    () => countOf(name, 'completed'),
    (completed) => completed === tasks - failed,
    20_000,
  )
})

it('without a breaker the queue is drained into the dead letters', async () => {
  const { name } = await startPoisoned('unbroken', 0)
  await eventually(
    'dead letters',
    () => countOf(name, 'failed'),
    (failed) => failed >= 2,
    40_000,
  )
})
