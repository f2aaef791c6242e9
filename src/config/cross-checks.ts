import { apiFindings } from './api-findings.ts'
import { alertFindings } from './alert-findings.ts'
import { dependencyFindings } from './dependency-findings.ts'
import { noteOf } from './fields.ts'
import { gatewayFindings } from './gateway-findings.ts'
import { fieldAt, keyOf, valueAt } from './keys.ts'
import type { Path } from './keys.ts'
import { channelFindings } from './channel-findings.ts'
import { quote } from './quote.ts'
import type { Finding } from './problems.ts'
import { memoryFindings } from './upkeep-findings.ts'
import { workerFindings } from './worker-findings.ts'

/** What no key shows on its own. Works on unchecked values; a value that is refused already is left alone. */
export function crossFindings(raw: unknown): Finding[] {
  return [
    ...leaseFindings(raw),
    ...backoffFindings(raw),
    ...memoryFindings(raw),
    ...gatewayFindings(raw),
    ...apiFindings(raw),
    ...duplicateWorkers(raw),
    ...dependencyFindings(raw),
    ...workerFindings(raw),
    ...windowFindings(raw),
    ...channelFindings(raw),
    ...alertFindings(raw),
  ]
}

const lease = ['queue', 'lease']
const renewal = ['queue', 'renew_interval']

function leaseFindings(raw: unknown): Finding[] {
  const leaseMs = durationAt(raw, lease)
  const renewMs = durationAt(raw, renewal)
  if (leaseMs === undefined || renewMs === undefined || renewMs < leaseMs / 2) return []
  const [leaseText, renewText] = [textAt(raw, lease), textAt(raw, renewal)]
  // Who set only one of the two is told about that one.
  return valueAt(raw, renewal) === undefined
    ? [
        finding(
          raw,
          lease,
          `found "${leaseText}", allowed more than twice queue.renew_interval ("${renewText}")`,
        ),
      ]
    : [finding(raw, renewal, `found "${renewText}", allowed less than half of queue.lease ("${leaseText}")`)]
}

/** Waits that double: the first may not be longer than the longest. */
const doublingWaits = [
  [
    ['supervisor', 'backoff_initial'],
    ['supervisor', 'backoff_max'],
  ],
  [
    ['queue', 'retry_initial'],
    ['queue', 'retry_max'],
  ],
] as const

function backoffFindings(raw: unknown): Finding[] {
  return doublingWaits.flatMap(([initial, longest]) => {
    const initialMs = durationAt(raw, initial)
    const maxMs = durationAt(raw, longest)
    if (initialMs === undefined || maxMs === undefined || initialMs <= maxMs) return []
    const [initialText, maxText] = [textAt(raw, initial), textAt(raw, longest)]
    const [initialKey, longestKey] = [initial.join('.'), longest.join('.')]
    return valueAt(raw, initial) === undefined
      ? [finding(raw, longest, `found "${maxText}", allowed at least ${initialKey} ("${initialText}")`)]
      : [finding(raw, initial, `found "${initialText}", allowed at most ${longestKey} ("${maxText}")`)]
  })
}

const fleetWindow = ['supervisor', 'fleet_window']
const recentWindow = ['supervisor', 'fleet_recent_window']

/** The recent part of a window lies within it. */
function windowFindings(raw: unknown): Finding[] {
  const [wholeMs, recentMs] = [durationAt(raw, fleetWindow), durationAt(raw, recentWindow)]
  if (wholeMs === undefined || recentMs === undefined || recentMs <= wholeMs) return []
  const [wholeText, recentText] = [textAt(raw, fleetWindow), textAt(raw, recentWindow)]
  return valueAt(raw, recentWindow) === undefined
    ? [
        finding(
          raw,
          fleetWindow,
          `found "${wholeText}", allowed at least supervisor.fleet_recent_window ("${recentText}")`,
        ),
      ]
    : [
        finding(
          raw,
          recentWindow,
          `found "${recentText}", allowed at most supervisor.fleet_window ("${wholeText}")`,
        ),
      ]
}

function durationAt(raw: unknown, path: Path): number | undefined {
  const parsed = fieldAt(path)?.safeParse(valueAt(raw, path))
  return parsed?.success === true && typeof parsed.data === 'number' ? parsed.data : undefined
}

/** As it was written, else the default. */
function textAt(raw: unknown, path: Path): string {
  const field = fieldAt(path)
  const text = valueAt(raw, path) ?? (field && noteOf(field)?.default)
  return typeof text === 'string' ? text : ''
}

/**
 * Two tables for one Jr would fight for its heartbeat (`instances` is how to have more), two names that differ in
 * nothing but case or punctuation for their log file.
 */
function duplicateWorkers(raw: unknown): Finding[] {
  const workers = valueAt(raw, ['workers'])
  if (!Array.isArray(workers)) return []
  const seen = new Map<string, string>()
  return workers.flatMap((_, index) => {
    const path = ['workers', index, 'name']
    const name = valueAt(raw, path)
    if (typeof name !== 'string') return []
    const earlier = seen.get(logName(name))
    seen.set(logName(name), earlier ?? name)
    return earlier === undefined ? [] : [finding(raw, path, duplicateMessage(name, earlier))]
  })
}

function duplicateMessage(name: string, earlier: string): string {
  return name === earlier
    ? `found ${quote(name)} a second time, allowed each name once (for more of one Jr set instances)`
    : `found ${quote(name)} beside ${quote(earlier)}, allowed names that differ in letters and digits (these two share a log file)`
}

/** What is left of a name in that of its log file; a name of which nothing is left gets a file of its own. */
function logName(name: string): string {
  return (
    name
      .toLowerCase()
      .replaceAll(/[^a-z0-9]+/g, '_')
      .replaceAll(/^_|_$/g, '') || name
  )
}

function finding(raw: unknown, path: Path, message: string): Finding {
  return { path, at: 'value', key: keyOf(path, raw), message, suggestion: null }
}
