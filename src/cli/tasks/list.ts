import { jrName, type TaskId } from '../../domain/ids.ts'
import type { Task, TaskStatus } from '../../domain/task.ts'
import { exitCode, type ExitCode } from '../../errors.ts'
import type { Cli } from '../command.ts'
import { duration } from '../../text/format.ts'
import { type CellText, type Column, tableLines } from '../table.ts'
import { prepareWidths, safe } from '../../text/fit.ts'
import { taskStyle } from './task-style.ts'

interface ListOptions {
  status?: TaskStatus[]
  jr?: string
  search?: string
  limit?: number
  before?: TaskId
}

const columns: Column[] = [
  { title: 'ID', align: 'right' },
  { title: 'STATUS' },
  { title: 'JR' },
  { title: 'TITLE', flexible: true },
  { title: 'DONE', align: 'right' },
  { title: 'TRIES', align: 'right' },
  { title: 'AGE', align: 'right' },
]

export async function list(cli: Cli, { status, jr, search, limit, before }: ListOptions): Promise<ExitCode> {
  const client = await cli.client()
  const answer = await client.call('listTasks', {
    ...(status ? { statuses: status } : {}),
    ...(jr ? { jr: jrName(jr) } : {}),
    ...(search ? { search } : {}),
    ...(limit ? { limit } : {}),
    ...(before ? { before } : {}),
  })
  if (cli.options.json) cli.output.json(answer)
  else await print(cli, answer.tasks, answer.nextBefore)
  return exitCode.ok
}

async function print(cli: Cli, tasks: readonly Task[], nextBefore: number | null): Promise<void> {
  const { output } = cli
  if (tasks.length === 0) return output.note('No task matches.')
  await prepareWidths(tasks.flatMap(({ title, assignedJr }) => [safe(title), safe(assignedJr)]))
  const nowMs = cli.clock.wallMs()
  for (const line of tableLines(
    columns,
    tasks.map((task) => row(task, nowMs)),
    output,
    0,
  ))
    output.line(line)
  if (nextBefore !== null) output.note(`More with --before ${nextBefore}`)
}

function row(task: Task, nowMs: number): CellText[] {
  return [
    String(task.id),
    { text: task.status, style: taskStyle(task.status) },
    safe(task.assignedJr) || '–',
    `${task.urgent ? '! ' : ''}${safe(task.title)}`,
    `${task.progressPercent} %`,
    `${task.attempts}/${task.maxAttempts}`,
    duration(nowMs - task.createdAt),
  ]
}
