import type { ApiClient } from '../../client/client.ts'
import type { TaskId } from '../../domain/ids.ts'
import type { LedgerEntry } from '../../domain/ledger-event.ts'
import { isFinished, type Task } from '../../domain/task.ts'
import { exitCode, type ExitCode } from '../../errors.ts'
import type { Cli } from '../command.ts'
import { followEvents, isAway } from '../follow-events.ts'
import { timestamp } from '../../text/format.ts'
import { entryLine } from '../ledger-lines.ts'
import { Sequence } from '../sequence.ts'
import { safe } from '../../text/fit.ts'
import { taskStyle } from './task-style.ts'

/** Follows one task to its end (exit 0 when it completed), or what happens to all of them until interrupted. */
export async function watch(cli: Cli, id: TaskId | undefined): Promise<ExitCode> {
  const client = await cli.client()
  return id === undefined ? watchAll(cli, client) : watchOne(cli, client, id)
}

async function watchAll(cli: Cli, client: ApiClient): Promise<ExitCode> {
  const signal = cli.interrupted()
  await followEvents(
    cli,
    client,
    (event) => {
      if (event.event === 'ledger') for (const entry of event.data) printEntry(cli, entry)
      if (event.event === 'missed') cli.output.note(`jrctl: ${event.data.count} events were missed`)
    },
    signal,
  )
  return exitCode.ok
}

function printEntry(cli: Cli, entry: LedgerEntry): void {
  if (entry.taskId === undefined) return
  if (cli.options.json) cli.output.json({ entry })
  else cli.output.line(entryLine(entry, cli.output))
}

async function watchOne(cli: Cli, client: ApiClient, id: TaskId): Promise<ExitCode> {
  const interrupt = cli.interrupted()
  const finished = new AbortController()
  let last: Task | undefined
  // One look at a time: changes that come while one is under way make one more.
  const look = new Sequence(async () => {
    const { task } = await client.call('getTask', { id })
    if (task.version !== last?.version) printTask(cli, task)
    last = task
    if (isFinished(task.status)) finished.abort()
  })
  await look.run()
  if (!finished.signal.aborted) {
    await followEvents(
      cli,
      client,
      (event) => {
        // What could not be seen while the daemon was away is looked at when it is back.
        if (concerns(event.event))
          look.run().catch((error: unknown) => isAway(error) || finished.abort(error))
      },
      AbortSignal.any([interrupt, finished.signal]),
    )
    await look.run()
  }
  return last?.status === 'completed' ? exitCode.ok : exitCode.failed
}

function concerns(event: string): boolean {
  return event !== 'ledger'
}

function printTask(cli: Cli, task: Task): void {
  const { output } = cli
  if (cli.options.json) return output.json({ task })
  const note = task.progressNote === null ? '' : `  ${safe(task.progressNote)}`
  const status = output.style(taskStyle(task.status), task.status)
  output.line(`${timestamp(cli.clock.wallMs())}  ${status}  ${task.progressPercent} %${note}`)
}
