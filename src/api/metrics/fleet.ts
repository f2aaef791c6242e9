import type { StatusView } from '../../contract/views.ts'
import type { BreakerState } from '../../domain/breaker.ts'
import { type Family, gauge, series } from './family.ts'

/** The queue, the breakers, and the machines of the fleet. */
export function fleetFamilies(status: StatusView): Family[] {
  const { queue, queueAgeMs, database, breaker, cluster, daemon, degraded = [] } = status
  return [
    gauge(
      'jrctl_queue_tasks',
      'Tasks of the queue by status.',
      Object.entries(queue.byStatus).flatMap(([name, count]) => series(count, { status: name })),
    ),
    gauge(
      'jrctl_queue_oldest_ready_seconds',
      'Age of the oldest task that is ready; absent: none is.',
      queue.oldestReadyMs === null ? null : queue.oldestReadyMs / 1000,
    ),
    gauge('jrctl_queue_counts_age_seconds', 'How old these counts are.', queueAgeMs / 1000),
    gauge(
      'jrctl_database_listening',
      'Whether notifications arrive (1), or the queue is polled (0).',
      database.listening ? 1 : 0,
    ),
    gauge('jrctl_degraded', 'How many things go on, but not as they should.', degraded.length),
    ...(breaker === undefined
      ? []
      : [
          gauge(
            'jrctl_breaker_state',
            'The circuit breaker of all restarts, and those of Jrs that are not closed: 0 closed, 1 half open, 2 open.',
            [
              ...series(breakerLevel(breaker.state), { scope: 'fleet', agent: '' }),
              ...breaker.workers.flatMap(({ name, state }) =>
                series(breakerLevel(state), { scope: 'agent', agent: name }),
              ),
            ],
          ),
          gauge('jrctl_breaker_restarts', 'Restarts that count for the breaker of the fleet.', breaker.count),
          gauge('jrctl_breaker_restarts_limit', 'So many open it; 0: nothing does.', breaker.limit),
        ]),
    ...(cluster === undefined
      ? []
      : [
          gauge(
            'jrctl_leader',
            'Whether this node leads the fleet.',
            cluster.leader?.nodeId === daemon.nodeId ? 1 : 0,
          ),
          gauge(
            'jrctl_nodes',
            'Machines of the fleet by state, of the last day.',
            (['there', 'silent', 'ended'] as const).flatMap((state) =>
              series(cluster.nodes.filter((node) => node.state === state).length, { state }),
            ),
          ),
          gauge(
            'jrctl_unassigned_tasks',
            'Ready tasks without a Jr; 10,000: that many or more.',
            cluster.unassigned,
          ),
          gauge('jrctl_online_jrs', 'Jrs to whom tasks can be assigned.', cluster.onlineJrs),
        ]),
  ]
}

const levels = { closed: 0, half_open: 1, open: 2 } as const satisfies Record<BreakerState, number>

function breakerLevel(state: BreakerState): number {
  return levels[state]
}
