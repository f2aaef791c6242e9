import type { AgentFigures, DeadLetterFigures, MetricsView } from '../contract/metrics.ts'
import { exitCode, type ExitCode } from '../errors.ts'
import { fit, prepareWidths, safe } from '../text/fit.ts'
import { count, duration, percent } from '../text/format.ts'
import type { Cli } from './command.ts'
import { busFigureLines } from './bus/figure-lines.ts'
import { gatewayFigureLines } from './gateway-lines.ts'
import type { Output } from './output.ts'
import { createParser, runParser } from './parser.ts'
import { scoreCell } from './score-cell.ts'
import { type CellText, type Column, tableLines } from './table.ts'
import { stateStyle } from './worker-style.ts'

/** `jrctl metrics [--nightly]` */
export async function run(cli: Cli): Promise<ExitCode> {
  const parser = createParser({
    name: 'metrics',
    summary: 'Show how long work takes, how it ends, how well each Jr does, and what memory it costs',
    examples: ['jrctl metrics', 'jrctl metrics --nightly', 'jrctl metrics --json | jq .metrics'],
    details: explanation,
  })
    .option('--nightly', 'the latest report of the night')
    .action(async ({ nightly }: { nightly?: boolean }) => {
      if (nightly === true) return (await import('./metrics-nightly.ts')).showNight(cli)
      const view = await (await cli.client()).call('metrics', {})
      if (cli.options.json) return cli.output.json(view)
      for (const line of await metricsLines(view, cli.output, cli.clock.wallMs())) cli.output.line(line)
    })
  return runParser(parser, cli, () => exitCode.ok)
}

const explanation = `
Durations are of the last 1,000 successful executions: attempts at tasks, on whatever node, and runs.
SCORE, 0 to 100: 60 for success, (successes + 5) / (executions + 5) of the last 1,000; 25 for latency, the
Jr's own past median over its recent one when it is slower now; 15 for calm, 10 / (10 + restarts of the last day).
`

const columns: Column[] = [
  { title: 'WORKER', flexible: true },
  { title: 'STATE' },
  { title: 'SCORE', align: 'right' },
  { title: 'DONE', align: 'right' },
  { title: 'FAILED', align: 'right' },
  { title: 'P50', align: 'right' },
  { title: 'P95', align: 'right' },
  { title: 'P99', align: 'right' },
  { title: 'AVERAGE', align: 'right', fromColumns: 100 },
  { title: 'RESTARTS', align: 'right', fromColumns: 90 },
  { title: 'MEMORY', align: 'right', fromColumns: 110 },
]

/** The figures as lines. */
export async function metricsLines(view: MetricsView, output: Output, nowMs: number): Promise<string[]> {
  await prepareWidths(view.agents.map(({ name }) => safe(name)))
  const rows = view.agents.map(row)
  return [
    ...systemLines(view.system, output),
    '',
    ...(rows.length === 0
      ? [`${output.style('bold', 'Workers')}  none is configured`]
      : [output.style('bold', 'Workers'), ...tableLines(columns, rows, output)]),
    ...gatewayFigureLines(view.gateway, output),
    ...busFigureLines(view.bus, output),
    ...letterLines(view.deadLetterQueue, output, nowMs),
  ]
}

function systemLines({ memory, ...system }: MetricsView['system'], output: Output): string[] {
  const heading = (text: string) => output.style('bold', text.padEnd(10))
  const styled = (level: string, text: string) =>
    level === 'normal' ? text : output.style(level === 'warning' ? 'yellow' : 'red', `${text}, ${level}`)
  const heap = `heap ${memory.heapUsedMB} of ${memory.heapLimitMB} MB (${percent(memory.heapPercent)})`
  const fleet =
    memory.fleetBudgetMB === null
      ? `workers ${memory.fleetMB} MB, no budget`
      : `workers ${memory.fleetMB} of ${memory.fleetBudgetMB} MB (${percent(memory.fleetPercent ?? 0)})`
  const memoryParts = [
    styled(memory.heapLevel, heap),
    `daemon ${memory.rssMB} MB`,
    styled(memory.fleetLevel, fleet),
  ]
  const waits = system.executionWaits
  const queueParts = [
    `${count(system.executionQueueSize, 'run')} waiting`,
    ...(waits === null ? [] : [`waits p50 ${duration(waits.p50)}, p95 ${duration(waits.p95)}`]),
    count(system.deadLetterQueueSize, 'dead letter'),
  ]
  return [heading('Memory') + memoryParts.join(' · '), heading('Queues') + queueParts.join(' · ')]
}

function row(agent: AgentFigures): CellText[] {
  const time = (ms: number | null) => (ms === null ? '–' : duration(ms))
  return [
    agent.instances > 1 ? `${safe(agent.name)} ×${agent.instances}` : safe(agent.name),
    { text: agent.state, style: stateStyle(agent.state) },
    scoreCell(agent.score?.total ?? null),
    String(agent.successes),
    agent.failures === 0 ? '0' : { text: String(agent.failures), style: 'yellow' },
    time(agent.p50),
    time(agent.p95),
    time(agent.p99),
    time(agent.avgDurationMs),
    String(agent.restarts),
    agent.memoryMB === null ? '–' : `${agent.memoryMB} MB`,
  ]
}

const lettersShown = 5

function letterLines(letters: readonly DeadLetterFigures[], output: Output, nowMs: number): string[] {
  if (letters.length === 0) return []
  const lines = letters.slice(0, lettersShown).map(({ id, agentName, error, timestamp, executionData }) => {
    const ago = timestamp === null ? 'some time' : duration(nowMs - Date.parse(timestamp))
    const who = agentName === null ? '' : ` ${safe(agentName)}:`
    return fit(`  ${id}${who} ${safe(error ?? executionData.title)} (${ago} ago)`, output.columns)
  })
  return ['', `${output.style('bold', 'Latest dead letters')}  all: jrctl dlq list`, ...lines]
}
