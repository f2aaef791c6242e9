import { jrName, type TaskId } from '../../domain/ids.ts'
import type { Task, TaskStatus } from '../../domain/task.ts'
import { exitCode, type ExitCode } from '../../errors.ts'
import type { Cli } from '../command.ts'
import { noneOfJr } from '../none-of-jr.ts'
import { duration } from '../../text/format.ts'
import { type CellText, type Column, tableLines } from '../table.ts'
import { prepareWidths, safe } from '../../text/fit.ts'
import { shortTries } from '../../text/task-facts.ts'
import { taskStyle } from './task-style.ts'

interface ListOptions {
  status?: TaskStatus[]
  jr?: string
  search?: string
  channel?: string
  campaign?: string
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

/** Columns that only some queues need: shown when a listed task has something there. */
const rarer: { column: Column; cell: (task: Task) => string | null }[] = [
  { column: { title: 'CHANNEL' }, cell: ({ channel }) => (channel === null ? null : safe(channel)) },
  {
    column: { title: 'SCORE', align: 'right' },
    cell: ({ score }) => (score === null ? null : String(Number(score.toFixed(2)))),
  },
  {
    column: { title: 'CAMPAIGN', align: 'right' },
    cell: ({ campaignId }) => (campaignId === null ? null : String(campaignId)),
  },
]

export async function list(
  cli: Cli,
  { status, jr, search, channel, campaign, limit, before }: ListOptions,
): Promise<ExitCode> {
  const client = await cli.client()
  const answer = await client.call('listTasks', {
    ...(status ? { statuses: status } : {}),
    ...(jr ? { jr: jrName(jr) } : {}),
    ...(search ? { search } : {}),
    ...(channel ? { channel } : {}),
    ...(campaign ? { campaign } : {}),
    ...(limit ? { limit } : {}),
    ...(before ? { before } : {}),
  })
  if (cli.options.json) cli.output.json(answer)
  else if (answer.tasks.length === 0) cli.output.note(await noneOfJr(client, 'No task matches.', jr))
  else await print(cli, answer.tasks, answer.nextBefore)
  return exitCode.ok
}

async function print(cli: Cli, tasks: readonly Task[], nextBefore: number | null): Promise<void> {
  const { output } = cli
  await prepareWidths(tasks.flatMap(({ title, assignedJr }) => [safe(title), safe(assignedJr)]))
  const nowMs = cli.clock.wallMs()
  const more = rarer.filter(({ cell }) => tasks.some((task) => cell(task) !== null))
  const rows = tasks.map((task) => [...row(task, nowMs), ...more.map(({ cell }) => cell(task) ?? '–')])
  for (const line of tableLines([...columns, ...more.map(({ column }) => column)], rows, output, 0))
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
    shortTries(task),
    duration(nowMs - task.createdAt),
  ]
}
