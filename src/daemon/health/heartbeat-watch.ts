import type { Clock } from '../../ports/clock.ts'
import type { Logger } from '../../ports/logger.ts'
import type { OperatorQueue } from '../../ports/task-queue.ts'
import type { HeartbeatAge, Supervisor } from '../../supervisor/supervisor.ts'
import { createBeatAges } from './beat-ages.ts'
import type { DatabaseWatch } from '../queue/database-watch.ts'
import { type Duty, createDuty } from '../duty.ts'

/** Workers beat every 30 s; looking three times as often shows their ages as they are. Two small reads. */
const everyMs = 10_000

/**
 * Tells the supervisor how long each worker has been silent. It hears nothing while the database is away, so that an
 * outage kills nobody.
 */
export function createHeartbeatWatch(deps: {
  queue: OperatorQueue
  supervisor: Pick<Supervisor, 'heartbeats'>
  database: DatabaseWatch
  clock: Clock
  logger: Logger
}): Duty {
  const beatAges = createBeatAges(deps.clock)

  async function run(): Promise<void> {
    const [instances, jrs] = await Promise.all([deps.queue.instances(), deps.queue.jrs()])
    const ages: HeartbeatAge[] = [
      ...instances.map(({ instanceId, jrName, lastSeenAgeMs }) => ({
        instanceId,
        name: jrName,
        ageMs: lastSeenAgeMs,
      })),
      // A legacy worker beats in its Jr's row alone.
      ...jrs.flatMap(({ jrName, lastSeenAgeMs }) =>
        lastSeenAgeMs === null ? [] : [{ instanceId: null, name: jrName, ageMs: lastSeenAgeMs }],
      ),
    ]
    deps.supervisor.heartbeats(beatAges.adjust(ages))
  }

  return createDuty(
    {
      name: 'looking at heartbeats',
      everyMs,
      minGapMs: 1_000,
      run,
      settled: (error, beganMs) => deps.database.settled(error, beganMs),
    },
    { clock: deps.clock, logger: deps.logger.child({ part: 'heartbeats' }) },
  )
}
