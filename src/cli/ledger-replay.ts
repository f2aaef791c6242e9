import type { ApiClient } from '../client/client.ts'
import { apiLimits } from '../contract/routes.ts'
import type { TaskId } from '../domain/ids.ts'
import { type Disagreement, checkTask, type TaskRowState } from '../domain/ledger-check.ts'
import { type LedgerReplay, type ReplayedTask, createReplay } from '../domain/ledger-replay.ts'
import type { Json } from '../domain/task.ts'
import { exitCode, type ExitCode } from '../errors.ts'
import { safe } from '../text/fit.ts'
import { count } from '../text/format.ts'
import type { Cli } from './command.ts'

export interface ReplayOptions {
  task?: TaskId
  check?: boolean
}

/** `jrctl ledger replay`: every task's state as the ledger tells it; with `--check` against the queue's table. */
export async function replay(cli: Cli, options: ReplayOptions): Promise<ExitCode> {
  const client = await cli.client()
  const reader = ledgerReader(client, options.task)
  await reader.readOn()
  const tasks = reader.replay.tasks()
  if (options.check) return check(cli, client, reader, options.task)
  for (const task of tasks) {
    if (cli.options.json) cli.output.json({ task })
    else cli.output.line(taskLine(task))
  }
  if (!cli.options.json) cli.output.note(`${count(tasks.length, 'task')}, as the ledger tells it.`)
  return exitCode.ok
}

interface LedgerReader {
  replay: LedgerReplay
  /** Takes in what the ledger has beyond what was read. */
  readOn(): Promise<void>
}

function ledgerReader(client: ApiClient, task: TaskId | undefined): LedgerReader {
  const states = createReplay()
  let afterId = 0
  let changeId = 0

  /** What is of the newest queue may lie before the entry that says so, when it was left and came back. */
  async function lookForChange(): Promise<void> {
    const { entries } = await client.call('readLedger', { type: 'daemon.queue_changed', limit: 1 })
    const [change] = entries
    if (change === undefined || change.id === changeId) return
    changeId = change.id
    afterId = 0
    states.add(change)
  }

  return {
    replay: states,
    async readOn() {
      await lookForChange()
      for (;;) {
        const { entries } = await client.call('readLedger', {
          afterId,
          limit: pageEntries,
          ...(task === undefined ? {} : { taskId: task }),
        })
        for (const entry of entries) states.add(entry)
        afterId = entries.at(-1)?.id ?? afterId
        if (entries.length < pageEntries) return
      }
    },
  }
}

/** A page is held in memory, here and in the daemon, and takes some ten milliseconds there. */
const pageEntries = 1_000
/** A task that changes while it is looked at seems to differ; so those that do are looked at again. */
const looks = 5
const betweenLooksMs = 500

async function check(
  cli: Cli,
  client: ApiClient,
  reader: LedgerReader,
  task: TaskId | undefined,
): Promise<ExitCode> {
  const found = { tasks: 0, behind: 0 }
  const suspects = new Set<TaskId>()
  const unseen = new Map(reader.replay.tasks().map((one) => [one.taskId, one]))
  for await (const row of rowsOf(client, task)) {
    const { verdict } = checkTask(unseen.get(row.taskId), row)
    unseen.delete(row.taskId)
    found.tasks += 1
    if (verdict === 'behind') found.behind += 1
    if (verdict === 'differs') suspects.add(row.taskId)
  }
  for (const one of unseen.values()) if (one.exists) suspects.add(one.taskId)
  const disagreements = await lookAgain(cli, client, reader, [...suspects])
  const answer = {
    ...found,
    differing: new Set(disagreements.map(({ taskId }) => taskId)).size,
    disagreements,
  }
  if (cli.options.json) cli.output.json(answer)
  else tell(cli, answer)
  return disagreements.length === 0 ? exitCode.ok : exitCode.failed
}

/** What still disagrees when the ledger had time to take in what happened meanwhile. */
async function lookAgain(
  cli: Cli,
  client: ApiClient,
  reader: LedgerReader,
  suspects: TaskId[],
): Promise<Disagreement[]> {
  let disagreements: Disagreement[] = []
  let left = suspects
  for (let look = 0; look < looks && left.length > 0; look++) {
    if (look > 0) await cli.clock.sleep(betweenLooksMs)
    await reader.readOn()
    const replayed = new Map(reader.replay.tasks().map((one) => [one.taskId, one]))
    disagreements = []
    for (const id of left) {
      const { rows } = await client.call('listTaskRows', { after: id - 1, limit: 1 })
      const verdict = checkTask(
        replayed.get(id),
        rows.find((row) => row.taskId === id),
      )
      disagreements.push(...verdict.disagreements)
    }
    left = [...new Set(disagreements.map(({ taskId }) => taskId))]
  }
  return disagreements
}

async function* rowsOf(client: ApiClient, task: TaskId | undefined): AsyncGenerator<TaskRowState> {
  const limit = task === undefined ? apiLimits.listLimit : 1
  let after = task === undefined ? 0 : task - 1
  for (;;) {
    const { rows } = await client.call('listTaskRows', { after, limit })
    yield* task === undefined ? rows : rows.filter((row) => row.taskId === task)
    after = rows.at(-1)?.taskId ?? after
    if (task !== undefined || rows.length < limit) return
  }
}

function taskLine({ taskId, version, exists, status, complete, columns, missing }: ReplayedTask): string {
  const lacks = missing
    .map(({ first, last }) => (first === last ? `${first}` : `${first}–${last}`))
    .join(', ')
  const doubt = complete ? '' : lacks === '' ? ', beginning unknown' : `, without changes ${lacks}`
  const shown = Object.entries(columns)
    .filter(([name, value]) => value !== null && name !== 'status' && name !== 'description')
    .map(([name, value]) => `${name}=${safe(brief(value))}`)
  return [`#${taskId}`, exists ? (status ?? 'unknown') : 'deleted', `v${version}${doubt}`, ...shown].join(
    '  ',
  )
}

const valueCharacters = 60

function brief(value: Json): string {
  const text = typeof value === 'string' ? value : JSON.stringify(value)
  return text.length <= valueCharacters ? text : `${text.slice(0, valueCharacters - 1)}…`
}

function tell(
  cli: Cli,
  answer: { tasks: number; behind: number; differing: number; disagreements: readonly Disagreement[] },
): void {
  for (const { taskId, column, ledger, row } of answer.disagreements) {
    const said = (value: Json | undefined) => (value === undefined ? 'nothing' : safe(brief(value)))
    cli.output.line(`#${taskId} ${column ?? 'row'}: the ledger says ${said(ledger)}, the table ${said(row)}`)
  }
  const behind =
    answer.behind === 0 ? '' : `; of ${answer.behind} the ledger does not have the newest changes (yet)`
  cli.output.line(
    answer.differing === 0
      ? `The ledger and the table agree on ${count(answer.tasks, 'task')}${behind}`
      : `The ledger and the table differ on ${answer.differing} of ${count(answer.tasks, 'task')}${behind}`,
  )
}
