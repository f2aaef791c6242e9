import type { DeadLetter } from '../domain/dead-letter.ts'
import { safe } from './fit.ts'
import { moment } from './format.ts'

/** Only what is dead is called so; what is alive again, or was done since, is the plain thing. */
export function letterHead({ kind, id, state }: DeadLetter): string {
  const words = state === 'dead' || state === 'purged' ? `${state} ${kind}` : kind
  return `${words.charAt(0).toUpperCase()}${words.slice(1)} ${id}`
}

/** What there is to tell of a letter beside its texts: names and values, safe to show. */
export function letterFacts(letter: DeadLetter, nowMs: number): [string, string][] {
  const time = (epochMs: number | null) => (epochMs === null ? null : moment(epochMs, nowMs))
  const { attempts, maxAttempts, replays } = letter
  const isUnknown = letter.state === 'purged' && attempts === 0
  const tries = isUnknown ? null : maxAttempts === null ? String(attempts) : `${attempts} of ${maxAttempts}`
  const facts: [string, string | null][] = [
    ['state', stateOf(letter)],
    ['Jr', letter.jrName === null ? 'nobody yet' : safe(letter.jrName)],
    ['department', letter.department === null ? null : safe(letter.department)],
    ['node', letter.nodeId === null ? null : safe(letter.nodeId)],
    ['died', time(letter.diedAt)],
    [letter.kind === 'worker' ? 'restarts' : 'tries', tries],
    ['replayed', replays === 0 ? null : `${replays} ×`],
    [letter.state === 'purged' ? 'purged' : 'last replay', settled(letter, nowMs)],
    ['schedule', letter.schedule === null ? null : safe(letter.schedule)],
    ['was healthy', time(letter.lastHealthCheckAt)],
  ]
  return facts.filter((fact): fact is [string, string] => fact[1] !== null)
}

function stateOf({ state, status }: DeadLetter): string {
  return status === null || state === 'dead' ? state : `${state}, now ${status.replace('_', ' ')}`
}

function settled({ settledAt, settledBy }: DeadLetter, nowMs: number): string | null {
  if (settledAt === null) return null
  return `${moment(settledAt, nowMs)}${settledBy === null ? '' : `, by ${safe(settledBy)}`}`
}
