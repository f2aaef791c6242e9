import { duration } from '../duration-words.ts'
import { alertLimits, type Alert, type AlertChange, type Transition } from './alert.ts'
import { line } from './transitions.ts'

/**
 * What a channel was told, by key, so that it is told of changes alone, of each once, and of what comes and goes no more often
 * than its interval. Plain JSON: it outlives the process. Times are epoch milliseconds.
 */
export interface Damper {
  [key: string]: Kept
}

interface Kept {
  /** What the channel knows: there is a trouble, or there is none. */
  told: 'raised' | 'cleared'
  /** Nothing of this key is told before. */
  quietUntil: number
  /** What came meanwhile: the latest, and how many. */
  held: { transition: Transition; count: number } | null
}

export interface Damped {
  damper: Damper
  /** To be told now, in this order. */
  alerts: Alert[]
}

/** Takes in one transition. */
export function damp(damper: Damper, transition: Transition, nowMs: number, intervalMs: number): Damped {
  const kept = damper[transition.key]
  if (kept === undefined) return first(damper, transition, nowMs, intervalMs)
  if (kept.held === null && isOldNews(kept, transition.change)) return { damper, alerts: [] }
  const held = { transition, count: (kept.held?.count ?? 0) + 1 }
  return release(damper, transition.key, { ...kept, held }, nowMs, intervalMs)
}

/** Tells what was held back for long enough, and forgets what nobody needs to know any more. */
export function dampLater(damper: Damper, nowMs: number, intervalMs: number): Damped {
  let state: Damped = { damper, alerts: [] }
  for (const [key, kept] of Object.entries(damper)) {
    const { damper: next, alerts } = release(state.damper, key, kept, nowMs, intervalMs)
    state = { damper: next, alerts: [...state.alerts, ...alerts] }
  }
  return state
}

/** Another one tells of it from now on. */
export function forgotten(damper: Damper, key: string): Damper {
  const { [key]: _, ...rest } = damper
  return rest
}

/** When `dampLater` has something to do; null: nothing waits. */
export function dampedUntil(damper: Damper): number | null {
  const times = Object.values(damper).flatMap(({ held, quietUntil }) => (held === null ? [] : [quietUntil]))
  return times.length === 0 ? null : Math.min(...times)
}

/** Keys of troubles that the channel knows of, or will. */
export function raisedKeys(damper: Damper): string[] {
  return Object.entries(damper).flatMap(([key, { told, held }]) =>
    (held?.transition.change ?? told) === 'raised' ? [key] : [],
  )
}

/** Nobody was told of it: its end is no news, all else is. */
function first(damper: Damper, transition: Transition, nowMs: number, intervalMs: number): Damped {
  if (transition.change === 'cleared' && transition.always !== true) return { damper, alerts: [] }
  const told = transition.change === 'cleared' ? 'raised' : 'cleared'
  const kept: Kept = { told, quietUntil: nowMs, held: { transition, count: 1 } }
  return release(withRoom(damper), transition.key, kept, nowMs, intervalMs)
}

function isOldNews({ told }: Kept, change: AlertChange): boolean {
  return change !== 'told' && change === told
}

function release(damper: Damper, key: string, kept: Kept, nowMs: number, intervalMs: number): Damped {
  // A wall clock that was set back must not silence anybody for longer than the interval.
  const quietUntil = Math.min(kept.quietUntil, nowMs + intervalMs)
  if (nowMs < quietUntil) return { damper: { ...damper, [key]: { ...kept, quietUntil } }, alerts: [] }
  const { held, told } = kept
  const isNews = held !== null && !isOldNews(kept, held.transition.change)
  if (!isNews) return { damper: afterSilence(damper, key, told, nowMs), alerts: [] }
  const { change } = held.transition
  const next: Kept = {
    told: change === 'told' ? told : change,
    quietUntil: nowMs + intervalMs,
    held: null,
  }
  return { damper: { ...damper, [key]: next }, alerts: [folded(held, intervalMs)] }
}

/** A trouble is remembered for as long as it lasts, all else for its interval. */
function afterSilence(damper: Damper, key: string, told: Kept['told'], nowMs: number): Damper {
  if (told === 'raised') return { ...damper, [key]: { told, quietUntil: nowMs, held: null } }
  return forgotten(damper, key)
}

function folded({ transition, count }: NonNullable<Kept['held']>, intervalMs: number): Alert {
  if (count === 1) return { ...transition, count }
  const more = `${transition.summary} (the last of ${count} within ${duration(intervalMs)})`
  return { ...transition, summary: line(more), count }
}

/** Room for one more key: the one that has been quiet for longest goes. */
function withRoom(damper: Damper): Damper {
  const keys = Object.keys(damper)
  if (keys.length < alertLimits.keys) return damper
  const age = (key: string): number => damper[key]?.quietUntil ?? 0
  const oldest = keys.reduce((one, other) => (age(other) < age(one) ? other : one))
  return forgotten(damper, oldest)
}
