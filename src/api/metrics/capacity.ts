import type { PositionView, StatusView } from '../../contract/views.ts'
import { type Family, gauge, type Series, series } from './family.ts'

/** By their number alone, never by task: those go on for ever. */
const positionsShown = 20

/** The shares of the LLM: this node's capacity, and the first positions. */
export function capacityFamilies({ capacity, positions }: StatusView): Family[] {
  const first = positions.slice(0, positionsShown)
  const each = (value: (view: PositionView) => number | null | undefined): Series[] =>
    first.flatMap((view) => series(value(view), { position: String(view.position) }))
  return [
    gauge(
      'jrctl_positions',
      'Tasks in progress, in the order of which each has its share.',
      positions.length,
    ),
    gauge(
      'jrctl_position_share_ratio',
      "A position's part of the capacity.",
      each(({ capacityPct }) => capacityPct / 100),
    ),
    gauge(
      'jrctl_position_rate_units_per_second',
      'Its rate.',
      each(({ ratePerMinute }) => ratePerMinute / 60),
    ),
    gauge(
      'jrctl_position_bucket_units',
      'Units in the bucket that it draws from; negative: a debt.',
      each(({ tokens }) => tokens),
    ),
    gauge(
      'jrctl_position_lent_units_per_second',
      'What it lately had beyond its rate.',
      each(({ lent }) => (lent === undefined ? null : lent / 60)),
    ),
    gauge(
      'jrctl_position_waiting_requests',
      'Its requests that wait.',
      each(({ waiting }) => waiting),
    ),
    gauge(
      'jrctl_position_in_flight_requests',
      'Those that are out.',
      each(({ inFlight }) => inFlight),
    ),
    ...(capacity === undefined
      ? []
      : [
          gauge(
            'jrctl_capacity_whole_units_per_second',
            'The capacity of all nodes.',
            capacity.wholePerMinute / 60,
          ),
          gauge(
            'jrctl_capacity_rate_units_per_second',
            "This node's part of it.",
            capacity.ratePerMinute / 60,
          ),
          gauge(
            'jrctl_capacity_bucket_units',
            'Units in the bucket that all tasks of this node share.',
            capacity.common?.tokens ?? null,
          ),
          gauge('jrctl_capacity_waiting_requests', 'Requests that wait for capacity.', capacity.waiting),
          gauge('jrctl_capacity_in_flight_requests', 'Requests that are out.', capacity.inFlight),
          gauge('jrctl_capacity_untracked_requests', "Of both, those that nobody's key came with.", [
            ...series(capacity.untracked.waiting, { state: 'waiting' }),
            ...series(capacity.untracked.inFlight, { state: 'in_flight' }),
          ]),
        ]),
  ]
}
