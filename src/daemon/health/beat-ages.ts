import type { Clock } from '../../ports/clock.ts'
import type { HeartbeatAge } from '../../supervisor/supervisor.ts'

/** Ages are of the database's clock, and answers take their time: what differs by less is no jump. */
const slackMs = 5_000

interface Seen {
  ageMs: number
  /** Of that age, what nobody was silent for: a clock had jumped. */
  forgivenMs: number
}

/**
 * Ages of heartbeats as the time between them has really passed. A database whose clock is set forward, and a virtual
 * machine that was paused (whose own clocks stood still meanwhile), make every age jump at once, and nobody was silent. Told
 * from silence by this: whoever has not beaten since the look before has grown older by more than the time between the looks,
 * and nobody has by just that time.
 */
export function createBeatAges(clock: Pick<Clock, 'monotonicMs'>): {
  /** The ages of one look, without what jumps have added. */
  adjust(ages: readonly HeartbeatAge[]): HeartbeatAge[]
} {
  let seen = new Map<string, Seen>()
  let lookedMs = clock.monotonicMs()

  return {
    adjust(ages) {
      const nowMs = clock.monotonicMs()
      const passedMs = nowMs - lookedMs
      lookedMs = nowMs
      const before = seen
      const excessOf = (age: HeartbeatAge): number => {
        const last = before.get(keyOf(age))
        return last === undefined ? Number.NEGATIVE_INFINITY : age.ageMs - last.ageMs - passedMs
      }
      const isSteady = ages.some((age) => Math.abs(excessOf(age)) <= slackMs)
      seen = new Map(
        ages.map((age) => {
          const excessMs = excessOf(age)
          const forgivenMs = before.get(keyOf(age))?.forgivenMs ?? 0
          // Younger than expected: it has beaten since.
          if (excessMs < -slackMs) return [keyOf(age), { ageMs: age.ageMs, forgivenMs: 0 }]
          const jumpMs = !isSteady && excessMs > slackMs ? excessMs : 0
          return [keyOf(age), { ageMs: age.ageMs, forgivenMs: forgivenMs + jumpMs }]
        }),
      )
      return ages.map((age) => ({
        ...age,
        ageMs: Math.max(0, age.ageMs - (seen.get(keyOf(age))?.forgivenMs ?? 0)),
      }))
    },
  }
}

function keyOf({ instanceId, name }: HeartbeatAge): string {
  return `${instanceId ?? ''} ${name}`
}
