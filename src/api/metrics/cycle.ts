import type { MetricsView } from '../../contract/metrics.ts'
import type { StatusView } from '../../contract/views.ts'
import { counter, type Family, gauge, type Series, series, summary } from './family.ts'
import { quantiles } from './quantiles.ts'

/** The autonomous cycle, and the bus. */
export function cycleFamilies(metrics: MetricsView, status: StatusView | null): Family[] {
  return [
    gauge(
      'jrctl_health_score',
      'How well the fleet is, 0 to 100, as of the last pass.',
      status?.orchestrator?.health?.score ?? null,
    ),
    ...(metrics.cycle === undefined ? [] : passFamilies(metrics.cycle)),
    ...(metrics.bus === undefined ? [] : busFamilies(metrics.bus)),
  ]
}

function passFamilies(cycle: NonNullable<MetricsView['cycle']>): Family[] {
  const { acted, observed, idle, failed } = cycle.passes
  const rules = Object.entries(cycle.rules)
  const each = (names: readonly (keyof (typeof cycle.rules)[string])[]): Series[] =>
    rules.flatMap(([rule, figures]) =>
      names.flatMap((outcome) => series(figures[outcome], { rule, outcome })),
    )
  return [
    gauge(
      'jrctl_cycle_enabled',
      'Whether the cycle is on; absent: this node has not led.',
      cycle.enabled === null ? null : Number(cycle.enabled),
    ),
    counter(
      'jrctl_cycle_passes',
      'Passes of this node by what came of them.',
      Object.entries({ acted, observed, idle, failed }).flatMap(([outcome, count]) =>
        series(count, { outcome }),
      ),
    ),
    summary('jrctl_cycle_duration_seconds', 'How long the latest passes took.', quantiles(cycle.durations)),
    counter('jrctl_cycle_actions', 'Actions by how they ended.', [
      ...series(cycle.actions.executed, { outcome: 'executed' }),
      ...series(cycle.actions.failed, { outcome: 'failed' }),
    ]),
    counter(
      'jrctl_rule_decisions',
      'Decisions of a rule by what became of them.',
      each(['executed', 'failed']),
    ),
    counter(
      'jrctl_rule_outcomes',
      'Whether the condition was gone when it was looked at again.',
      each(['cleared', 'persists', 'unknown']),
    ),
  ]
}

function busFamilies(bus: NonNullable<MetricsView['bus']>): Family[] {
  return [
    gauge('jrctl_bus_subscribers', 'Who listens on the bus.', bus.subscribers),
    gauge('jrctl_bus_responders', 'Who responds there.', bus.responders),
    gauge('jrctl_bus_waiting_requests', 'Requests that wait for their answers.', bus.waiting),
    counter('jrctl_bus_messages', 'Messages, once published and once for each that got or missed them.', [
      ...series(bus.published, { what: 'published' }),
      ...series(bus.delivered, { what: 'delivered' }),
      ...series(bus.missed, { what: 'missed' }),
    ]),
    counter('jrctl_bus_requests', 'Requests on the bus by what became of them.', [
      ...series(bus.answered, { outcome: 'answered' }),
      ...series(bus.timeouts, { outcome: 'timeout' }),
    ]),
  ]
}
