import type { WorkerDetailView } from '../../contract/workers.ts'
import type { WorkerView } from '../../domain/worker.ts'
import { safe } from '../../text/fit.ts'
import { breakerFact, definitionFacts, instanceFacts } from '../../text/worker-facts.ts'
import { workerReason } from '../../text/worker-reason.ts'
import type { Cli } from '../command.ts'
import type { Output } from '../output.ts'
import { stateStyle } from '../worker-style.ts'

/** `jrctl workers show JR` */
export async function showWorker(cli: Cli, name: string): Promise<void> {
  const detail = await (await cli.client()).call('getWorker', { name })
  if (cli.options.json) return cli.output.json(detail)
  for (const line of workerLines(detail, cli.output, cli.clock.wallMs())) cli.output.line(line)
}

function workerLines(
  { name, instances, breaker, definition }: WorkerDetailView,
  output: Output,
  nowMs: number,
): string[] {
  const lines = (facts: readonly [string, string][]) =>
    facts.map(([label, value]) => `  ${output.style('dim', label.padEnd(12))}${value}`)
  const ofInstances = instances.flatMap((worker) => [
    '',
    output.style('bold', `Instance ${worker.slot}`),
    ...lines([['state', stateText(worker, output, nowMs)]]),
    ...lines(instanceFacts(worker, nowMs)),
  ])
  return [
    output.style('bold', safe(name)),
    ...(breaker === null ? [] : lines([breakerFact(breaker, nowMs)])),
    ...lines(definitionFacts(definition)),
    ...ofInstances,
  ]
}

function stateText(worker: WorkerView, output: Output, nowMs: number): string {
  const state = output.style(stateStyle(worker.state), worker.state)
  const reason = safe(workerReason(worker, nowMs))
  return reason === worker.state ? state : `${state}: ${reason}`
}
