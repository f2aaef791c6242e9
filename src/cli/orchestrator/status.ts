import type { CycleView, OrchestratorStatusView } from '../../contract/orchestrator.ts'
import { exitCode, type ExitCode } from '../../errors.ts'
import { prepareWidths, safe } from '../../text/fit.ts'
import { lastPassText, leaderText } from '../../text/cycle-words.ts'
import { count, duration, moment } from '../../text/format.ts'
import type { Cli } from '../command.ts'
import type { Output } from '../output.ts'
import { tableLines, type Column } from '../table.ts'
import { recordLines } from './decision-lines.ts'
import { heading, healthLines } from './health-lines.ts'

/** `jrctl orchestrator status` */
export async function status(cli: Cli): Promise<ExitCode> {
  const answer = await (await cli.client()).call('orchestratorStatus', {})
  if (cli.options.json) cli.output.json(answer)
  else for (const line of await statusLines(answer, cli.output, cli.clock.wallMs())) cli.output.line(line)
  return exitCode.ok
}

/** Exported for its test. */
export async function statusLines(
  view: OrchestratorStatusView,
  output: Output,
  nowMs: number,
): Promise<string[]> {
  const { cycle, decisions } = view
  await prepareWidths(Object.keys(cycle.rules).map(safe))
  return [
    heading(output, 'Cycle') + switchText(view, output),
    ...switchedLines(view, output, nowMs),
    heading(output, 'Passes') + leaderText(view),
    ...(cycle.leads ? passLines(cycle, output, nowMs) : []),
    ...(cycle.problem === null
      ? []
      : [heading(output, 'Problem') + output.style('red', safe(cycle.problem))]),
    ...(cycle.broken ?? []).map(
      ({ rule, reason }) =>
        heading(output, 'Broken') +
        output.style(
          'red',
          `the rule ${safe(rule)} is broken and does nothing: ${safe(reason)}; see jrctl rules explain ${safe(rule)}`,
        ),
    ),
    ...(cycle.health === null ? [] : healthLines(cycle.health, output)),
    ...ruleLines(cycle, output),
    '',
    output.style('bold', 'Latest decisions'),
    ...(decisions.length === 0 ? ['  none on record'] : await recordLines(decisions, output, nowMs)),
  ]
}

function switchText({ enabled, cycle }: OrchestratorStatusView, output: Output): string {
  if (!enabled) return `${output.style('yellow', 'off')}; switch it on with: jrctl orchestrator enable`
  const on = output.style('green', 'on')
  const observes = output.style('yellow', 'observes: decides and records, and changes nothing')
  // Mode and interval are of this node's configuration: while another leads, they are not what happens.
  if (!cycle.leads) return cycle.mode === 'observe' ? `${on}; if this node led, it would observe` : on
  const every = `a pass every ${duration(cycle.intervalMs)}`
  return `${on}, ${every}${cycle.mode === 'observe' ? `; ${observes}` : ''}`
}

function switchedLines(
  { switchedBy, enabled }: OrchestratorStatusView,
  output: Output,
  nowMs: number,
): string[] {
  const who =
    switchedBy === null
      ? 'as the configuration says; nobody switched it'
      : `switched ${enabled ? 'on' : 'off'} by ${safe(switchedBy.by)}, ${moment(switchedBy.at, nowMs)}`
  return [heading(output, '') + who]
}

function passLines(
  { passes, actions, durations, lastPass }: CycleView,
  output: Output,
  nowMs: number,
): string[] {
  const kinds = [
    `${passes.acted} acted`,
    ...(passes.observed === 0 ? [] : [`${passes.observed} observed`]),
    `${passes.idle} idle`,
    ...(passes.failed === 0 ? [] : [output.style('red', `${passes.failed} failed`)]),
  ]
  const took = durations === null ? '' : `; p50 ${durations.p50} ms, p95 ${durations.p95} ms`
  return [
    `${heading(output, '')}${count(passes.total, 'pass').replace(/passs$/, 'passes')} since the daemon's start: ${kinds.join(', ')}${took}`,
    `${heading(output, '')}${count(actions.executed, 'action')} executed, ${actions.failed} failed`,
    ...(lastPass === null ? [] : [heading(output, 'Last pass') + lastPassText(lastPass, nowMs)]),
  ]
}

const ruleColumns: Column[] = [
  { title: 'RULE', flexible: true },
  { title: 'DECIDED', align: 'right' },
  { title: 'EXECUTED', align: 'right' },
  { title: 'FAILED', align: 'right' },
  { title: 'CLEARED', align: 'right' },
  { title: 'PERSISTS', align: 'right' },
]

function ruleLines({ rules }: CycleView, output: Output): string[] {
  const rows = Object.entries(rules).map(([name, { decided, executed, failed, cleared, persists }]) => [
    safe(name),
    String(decided),
    String(executed),
    String(failed),
    String(cleared),
    String(persists),
  ])
  return rows.length === 0
    ? []
    : [
        '',
        output.style('bold', "Rules that decided since the daemon's start"),
        ...tableLines(ruleColumns, rows, output),
      ]
}
