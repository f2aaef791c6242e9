import type { LedgerEntry } from '../domain/ledger-event.ts'
import type { NightReport, WorkerRating } from '../domain/night-report.ts'
import { fit, prepareWidths, safe } from '../text/fit.ts'
import { bytes, count, duration, moment } from '../text/format.ts'
import type { Cli } from './command.ts'
import type { Output } from './output.ts'
import { scoreCell } from './score-cell.ts'
import { type CellText, type Column, tableLines } from './table.ts'

/** The newest `nightly.report` of this node's ledger. */
export async function showNight(cli: Cli): Promise<void> {
  const client = await cli.client()
  const { entries } = await client.call('readLedger', { type: 'nightly.report', limit: 1 })
  const [entry] = entries
  if (cli.options.json) return cli.output.json({ report: entry?.data ?? null })
  if (entry === undefined) {
    return cli.output.note('No night has been worked yet: see [nightly] in the configuration for when it is.')
  }
  for (const line of await nightLines(entry, cli.output, cli.clock.wallMs())) cli.output.line(line)
}

const columns: Column[] = [
  { title: 'WORKER', flexible: true },
  { title: 'SCORE', align: 'right' },
  { title: 'SUCCESS', align: 'right' },
  { title: 'LATENCY', align: 'right' },
  { title: 'CALM', align: 'right' },
  { title: 'DONE', align: 'right' },
  { title: 'FAILED', align: 'right' },
  { title: 'P95', align: 'right' },
  { title: 'RESTARTS', align: 'right' },
]

export async function nightLines(entry: LedgerEntry, output: Output, nowMs: number): Promise<string[]> {
  const report = entry.data as unknown as NightReport
  await prepareWidths(report.workers.map(({ name }) => safe(name)))
  const heading = (text: string) => output.style('bold', text.padEnd(12))
  const fitted = (text: string) => fit(text, output.columns)
  return [
    `${heading('Night')}${moment(report.due, nowMs)}, took ${duration(report.durationMs)}`,
    `${heading('Retention')}${count(report.pruned.queueRows, 'row')} of the queue and ${report.pruned.ledgerEntries} entries of the ledger went in the day before`,
    `${heading('Local state')}${stateWords(report.state)}`,
    `${heading('Queue')}${queueWords(report.queue)}`,
    ...report.problems.map((problem) => heading('Not done') + output.style('red', safe(problem))),
    '',
    ...(report.workers.length === 0 ? [] : tableLines(columns, report.workers.map(row), output)),
    '',
    ...proposalLines(report, output).map(fitted),
  ]
}

function row({ name, score, successes, failures, p95, restartsOfDay }: WorkerRating): CellText[] {
  const part = (value: number | undefined) => (value === undefined ? '–' : value.toFixed(1))
  return [
    safe(name),
    scoreCell(score?.total ?? null),
    part(score?.success),
    part(score?.latency),
    part(score?.calm),
    String(successes),
    String(failures),
    p95 === null ? '–' : duration(p95),
    String(restartsOfDay),
  ]
}

function stateWords(state: NightReport['state']): string {
  if (state === null) return 'was not looked after'
  const freed = state.sizeBefore - state.sizeAfter
  return `${bytes(state.sizeAfter)}${freed > 0 ? `, ${bytes(freed)} given back` : ''}, ${bytes(state.free)} free within`
}

function queueWords(queue: NightReport['queue']): string {
  if (queue === null) return 'was not looked after by this node (the leader does)'
  const renewed = `statistics of ${count(queue.renewed.length, 'table')} renewed`
  const skipped = queue.skipped.map(({ table, reason }) => `${table}: ${safe(reason)}`)
  return skipped.length === 0 ? renewed : `${renewed}; not of ${skipped.join(', ')}`
}

function proposalLines({ proposals, applied }: NightReport, output: Output): string[] {
  if (proposals.length === 0) return [`${output.style('bold', 'Priorities')}  none is to change`]
  const what = applied > 0 ? 'changed' : 'proposed (nightly.adaptive_priorities = "apply" would apply them)'
  return [
    `${output.style('bold', 'Priorities')}  ${what}`,
    ...proposals.map(({ name, from, to, reason }) => `  ${safe(name)}: ${from} → ${to}, ${reason}`),
  ]
}
