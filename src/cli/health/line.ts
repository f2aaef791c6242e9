import { sanitize } from '../../domain/sanitize.ts'
import { count, duration } from '../../text/format.ts'
import type { HealthFacts } from './facts.ts'
import type { Judgement } from './judge.ts'
import { standardThresholds, type Limits, type Thresholds } from './thresholds.ts'

/** NRPE takes 1,024 bytes in all, with the perfdata; what is cut off here `--json` has. */
const wordsMax = 600

/** One line with perfdata, as the Nagios plugin guidelines have it: `label=value[unit];warn;crit;min;max`. */
export function healthLine(
  facts: HealthFacts,
  { level, problems }: Judgement,
  thresholds: Thresholds = standardThresholds,
): string {
  const words = problems.length > 0 ? joined(problems.map(({ text }) => text)) : wellWords(facts)
  const perfdata = perfdataOf(facts, thresholds)
  return `JRCTL ${level} - ${oneLine(words)} | ${perfdata.join(' ')}`
}

/** A bar or a line break would end the words; what else a terminal obeys is shown as a sign. */
export function oneLine(text: string): string {
  return sanitize(text.replaceAll(/[|\s]+/g, ' ').trim(), { lengthMax: 2 * wordsMax })
}

/** The worst come first; of many the last are counted only. */
function joined(texts: readonly string[]): string {
  let words = ''
  for (const [index, text] of texts.entries()) {
    const next = index === 0 ? text : `${words}; ${text}`
    if (index > 0 && next.length > wordsMax) return `${words}; and ${texts.length - index} more`
    words = next
  }
  return words
}

interface Figure {
  label: string
  value: number | undefined
  unit?: string
  limits?: Limits
  /** The limits hold from below: `50:` warns under 50. */
  isLeast?: boolean
  max?: number
}

function perfdataOf(facts: HealthFacts, thresholds: Thresholds): string[] {
  const { queue, workers, disk, health, capacity, healed, daemon, database } = facts
  const by = queue?.byStatus
  const running = workers.filter(({ state }) => state === 'running').length
  const seconds = (limits: Limits): Limits => scaled(limits, 1000)
  const figures: Figure[] = [
    { label: 'pending', value: by && by.pending + by.assigned, limits: thresholds.pending },
    { label: 'in_progress', value: by?.in_progress },
    { label: 'retry', value: by?.retry },
    { label: 'failed', value: by?.failed, limits: thresholds.failed },
    {
      label: 'oldest_ready',
      value: by && Math.round((queue.oldestReadyMs ?? 0) / 1000),
      unit: 's',
      limits: seconds(thresholds.oldestMs),
    },
    {
      label: 'jrs_online',
      value: database?.up ? facts.jrs.filter(({ online }) => online).length : undefined,
    },
    { label: 'workers_running', value: daemon?.up ? running : undefined },
    { label: 'llm_waiting', value: capacity?.waiting },
    { label: 'health', value: health?.score, limits: thresholds.score, isLeast: true, max: 100 },
    {
      label: 'disk_free',
      value: disk?.freeBytes,
      unit: 'B',
      limits: thresholds.freeBytes,
      isLeast: true,
      ...(disk === null ? {} : { max: disk.totalBytes }),
    },
    { label: 'rescued', value: healed.rescuedTasks },
    { label: 'time', value: Math.round(facts.durationMs) / 1000, unit: 's' },
  ]
  return figures.flatMap(figureText)
}

/** Fields that stand at the end and are empty may be left out. */
function figureText({ label, value, unit = '', limits, isLeast, max }: Figure): string[] {
  if (value === undefined) return []
  const bound = (limit: number | null | undefined): string =>
    limit === null || limit === undefined ? '' : `${limit}${isLeast === true ? ':' : ''}`
  const text = `${label}=${value}${unit};${bound(limits?.warn)};${bound(limits?.crit)};0;${max ?? ''}`
  return [limits === undefined && max === undefined ? `${label}=${value}${unit}` : text.replace(/;+$/, '')]
}

function scaled({ warn, crit }: Limits, by: number): Limits {
  return { warn: warn === null ? null : warn / by, crit: crit === null ? null : crit / by }
}

function upWords(uptimeMs: number | null): string {
  return uptimeMs === null ? 'daemon up' : `daemon up ${duration(uptimeMs)}`
}

/** What is well, or at least known, in a few words. */
export function wellWords({ daemon, queue, workers, health }: HealthFacts): string {
  const running = workers.filter(({ state }) => state === 'running').length
  const parts = [
    daemon?.up ? upWords(daemon.uptimeMs) : 'no daemon',
    count(running, 'worker'),
    queue ? `${queue.byStatus.in_progress} in progress` : 'queue unknown',
    ...(health === null ? [] : [`health ${health.score}`]),
  ]
  return parts.join(', ')
}
