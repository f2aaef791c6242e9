import { count, duration } from '../text/format.ts'
import { apiVersion } from '../contract/views.ts'
import type { RunSummary } from '../daemon/run-summary.ts'
import type { Origin } from './origin.ts'

/** What `--until-idle` ends with; data, hence on stdout. */
export function printSummary(summary: RunSummary, { process, json }: Origin): void {
  const text = json ? JSON.stringify({ apiVersion, summary }) : summaryLine(summary)
  process.stdout.write(`${text}\n`)
}

export function summaryLine({ completed, failed, cancelled, remaining, elapsedMs }: RunSummary): string {
  const parts = [`${count(completed, 'task')} completed`, `${failed} failed`]
  if (cancelled > 0) parts.push(`${cancelled} cancelled`)
  if (remaining > 0) parts.push(`${remaining} left`)
  return `The queue is done: ${parts.join(', ')} in ${duration(elapsedMs)}.`
}
