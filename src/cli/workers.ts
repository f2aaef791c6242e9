import type { WorkersView } from '../contract/outputs.ts'
import { apiLimits, instanceActions, type WorkerAction } from '../contract/routes.ts'
import type { WorkerView } from '../domain/worker.ts'
import { exitCode, type ExitCode } from '../errors.ts'
import { breakerLines } from './breaker-lines.ts'
import type { Cli } from './command.ts'
import { bytes, duration } from '../text/format.ts'
import { integer } from './option-values.ts'
import { addSubcommand, createParser, runParser } from './parser.ts'
import { scoreCell } from './score-cell.ts'
import { type CellText, type Column, tableLines } from './table.ts'
import { prepareWidths, safe } from '../text/fit.ts'
import { workerReason } from '../text/worker-reason.ts'
import { stateStyle } from './worker-style.ts'
import { addUnitCommands } from './workers/exec.ts'
import { showWorker } from './workers/show.ts'

const actions: Record<Exclude<WorkerAction, 'scale'>, string> = {
  start: 'Start a worker that is stopped or given up; run a scheduled one now',
  stop: 'Stop a worker until it or the daemon is started again (pause keeps it so); of a scheduled one the present run',
  restart: 'Stop a worker and start it anew',
  pause: 'Stop a worker and keep it so, also when the daemon restarts; hold the schedule of a scheduled one',
  resume: 'Start a paused worker again',
}

/** `jrctl workers …` */
export async function run(cli: Cli): Promise<ExitCode> {
  let code: ExitCode = exitCode.ok
  const parser = createParser({
    name: 'workers',
    summary: 'List the workers, or show, start, stop, restart, pause, resume and scale one',
    examples: ['jrctl workers', 'jrctl workers restart "Research Jr."', 'jrctl workers scale it_triad_jr 3'],
  }).action(() => list(cli))
  addSubcommand(parser, 'show', {
    summary: 'Tell of one worker how it stands and how it is configured',
    examples: ['jrctl workers show "Research Jr."', 'jrctl workers show it_triad_jr --json'],
  })
    .argument('<jr>', 'the worker')
    .action((name: string) => showWorker(cli, name))
  addSubcommand(parser, 'list', {
    summary: 'List the workers',
    examples: ['jrctl workers list', 'jrctl workers list --json'],
  }).action(() => list(cli))
  for (const [action, summary] of Object.entries(actions) as [WorkerAction, string][]) {
    const subcommand = addSubcommand(parser, action, {
      summary,
      examples: [`jrctl workers ${action} "Research Jr."`, `jrctl workers ${action} it_triad_jr --json`],
    }).argument('<jr>', 'the worker')
    const isOfInstances = (instanceActions as readonly WorkerAction[]).includes(action)
    if (isOfInstances)
      subcommand.option('--instance <number>', 'this one alone (1–1000)', integer(1, apiLimits.instances))
    subcommand.action((name: string, how: { instance?: number }) => command(cli, name, action, how))
  }
  addSubcommand(parser, 'scale', {
    summary: 'Run so many instances, until the configuration is read again',
    examples: ['jrctl workers scale "Research Jr." 3', 'jrctl workers scale "Research Jr." 0'],
  })
    .argument('<jr>', 'the worker')
    .argument('<instances>', 'how many, from 0', integer(0, 1000))
    .action((name: string, instances: number) => command(cli, name, 'scale', { instances }))
  addUnitCommands(parser, cli, (ended) => {
    code = ended
  })
  return runParser(parser, cli, () => code)
}

async function list(cli: Cli): Promise<void> {
  await show(cli, await (await cli.client()).call('listWorkers', {}))
}

async function command(
  cli: Cli,
  name: string,
  action: WorkerAction,
  how: { instances?: number; instance?: number },
): Promise<void> {
  const client = await cli.client()
  await show(cli, await client.call('commandWorker', { name, action, ...how }))
}

const columns: Column[] = [
  { title: 'WORKER' },
  { title: 'STATE' },
  { title: 'PID', align: 'right' },
  { title: 'UP', align: 'right' },
  { title: 'RESTARTS', align: 'right' },
  { title: 'BEAT', align: 'right' },
  { title: 'MEMORY', align: 'right' },
  { title: 'P95', align: 'right', fromColumns: 110 },
  { title: 'SCORE', align: 'right', fromColumns: 110 },
  { title: 'WHY', flexible: true },
]

async function show(cli: Cli, view: WorkersView): Promise<void> {
  if (cli.options.json) return cli.output.json(view)
  if (view.workers.length === 0) return cli.output.note('No worker is configured.')
  const nowMs = cli.clock.wallMs()
  await prepareWidths(
    view.workers.flatMap((worker) => [safe(worker.name), safe(workerReason(worker, nowMs))]),
  )
  if (view.breaker !== undefined && view.breaker.state !== 'closed')
    for (const line of breakerLines(view.breaker, 'Breaker of all restarts: ', cli.output))
      cli.output.note(line)
  const rows = view.workers.map((worker) => row(worker, nowMs))
  for (const line of tableLines(columns, rows, cli.output, 0)) cli.output.line(line)
}

function row(worker: WorkerView, nowMs: number): CellText[] {
  const alive = worker.pid !== null && worker.startedAt !== null
  return [
    worker.slot > 1 ? `${safe(worker.name)} #${worker.slot}` : safe(worker.name),
    { text: worker.state, style: stateStyle(worker.state) },
    worker.pid === null ? '–' : String(worker.pid),
    alive ? duration(nowMs - (worker.startedAt ?? nowMs)) : '–',
    String(worker.restarts),
    worker.heartbeatAgeMs === null ? '–' : duration(worker.heartbeatAgeMs),
    worker.rssBytes === null ? '–' : bytes(worker.rssBytes),
    worker.p95Ms == null ? '–' : duration(worker.p95Ms),
    scoreCell(worker.score ?? null),
    safe(workerReason(worker, nowMs)),
  ]
}
