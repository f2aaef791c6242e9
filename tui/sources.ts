import type { ApiClient } from '../src/client/client.ts'
import type { OrchestratorStatusView, PassView } from '../src/contract/orchestrator.ts'
import type {
  DeadLetterListView,
  DeadLetterView,
  LedgerVerdictView,
  TaskDetailView,
  WhyView,
} from '../src/contract/outputs.ts'
import type { WorkerDetailView } from '../src/contract/workers.ts'
import type { DecisionRecord } from '../src/domain/cycle/decision.ts'
import type { DeadLetterId } from '../src/domain/dead-letter.ts'
import type { JrName, TaskId } from '../src/domain/ids.ts'
import type { LedgerEntry } from '../src/domain/ledger-event.ts'
import type { ListedTask } from '../src/domain/task.ts'
import type { LetterQuery } from './screens/dead-letters/query.ts'
import type { LedgerPlace } from './screens/ledger/place.ts'
import type { LedgerQuery } from './screens/ledger/query.ts'
import { listInput, type TaskQuery } from './screens/tasks/query.ts'

/** What is asked of the daemon beside the status: by name, what it is asked by and what it answers. */
export interface Sources {
  /** Newest first. */
  tasks: { by: { filter: string; limit: number; query: TaskQuery }; answer: readonly ListedTask[] }
  task: { by: { id: TaskId }; answer: TaskDetailView }
  why: { by: { id: TaskId }; answer: WhyView }
  dead_letters: { by: { filter: string; limit: number; query: LetterQuery }; answer: DeadLetterListView }
  dead_letter: { by: { id: DeadLetterId }; answer: DeadLetterView }
  worker: { by: { name: JrName }; answer: WorkerDetailView }
  /** What the ledger told of a worker lately, the newest last. */
  worker_ledger: { by: { name: JrName }; answer: readonly LedgerEntry[] }
  /** The autonomous cycle: its switch, its health, its rules. */
  cycle: { by: object; answer: OrchestratorStatusView }
  /** Newest first. */
  decisions: { by: { limit: number }; answer: readonly DecisionRecord[] }
  /** What a pass of the cycle would do. */
  dry_run: { by: { askedAtMs: number }; answer: PassView }
  /** Of those that are so, the newest last. */
  ledger: { by: { query: LedgerQuery; limit: number; place: LedgerPlace }; answer: readonly LedgerEntry[] }
  /** Null: there is none with this number. */
  ledger_entry: { by: { id: number }; answer: LedgerEntry | null }
  ledger_verdict: { by: { askedAtMs: number }; answer: LedgerVerdictView }
}

export type SourceName = keyof Sources

/** One question to a source. */
export type Load = { [Name in SourceName]: { source: Name; by: Sources[Name]['by'] } }[SourceName]

/** Its answer; the question stays with it, for the screen may want another by now. */
export type Answered = {
  [Name in SourceName]: { source: Name; by: Sources[Name]['by']; answer: Sources[Name]['answer'] }
}[SourceName]

/** The latest answer of each source; null: it has not been asked, or not answered. */
export type Loaded = {
  [Name in SourceName]: { by: Sources[Name]['by']; answer: Sources[Name]['answer'] } | null
}

interface Source<Name extends SourceName> {
  /** Between the starts of two questions: a busy fleet changes many times a second, a person reads twice. */
  intervalMs: number | ((by: Sources[Name]['by']) => number)
  ask(
    client: Pick<ApiClient, 'call'>,
    by: Sources[Name]['by'],
    signal: AbortSignal,
  ): Promise<Sources[Name]['answer']>
}

/** The cycle has its passes every two seconds. */
const cycleIntervalMs = 2000
/** As many as a page has room for beside the rest. */
const workerEntries = 20
/** Fast enough to filter while typing. */
const intervalMs = 150

/** A thousand tasks are a megabyte: what costs more is asked for more rarely. */
const rowsIntervalMs = ({ limit }: { limit: number }): number => Math.max(intervalMs, 1.5 * limit)

export const sources: { [Name in SourceName]: Source<Name> } = {
  tasks: {
    intervalMs: rowsIntervalMs,
    async ask(client, { query, limit }, signal) {
      const { tasks } = await client.call('listTasks', listInput(query, limit), signal)
      return query.id === undefined ? tasks : tasks.filter(({ id }) => id === query.id)
    },
  },
  task: { intervalMs, ask: (client, { id }, signal) => client.call('getTask', { id }, signal) },
  // Some ten questions to the database.
  why: { intervalMs: 500, ask: (client, { id }, signal) => client.call('whyTask', { id }, signal) },
  dead_letters: {
    intervalMs: rowsIntervalMs,
    ask: (client, { query, limit }, signal) => client.call('listDeadLetters', { ...query, limit }, signal),
  },
  dead_letter: { intervalMs, ask: (client, { id }, signal) => client.call('getDeadLetter', { id }, signal) },
  worker: { intervalMs, ask: (client, { name }, signal) => client.call('getWorker', { name }, signal) },
  worker_ledger: {
    intervalMs,
    async ask(client, { name }, signal) {
      return (await client.call('readLedger', { worker: name, limit: workerEntries }, signal)).entries
    },
  },
  cycle: {
    intervalMs: cycleIntervalMs,
    ask: (client, _, signal) => client.call('orchestratorStatus', {}, signal),
  },
  decisions: {
    intervalMs: cycleIntervalMs,
    async ask(client, { limit }, signal) {
      return (await client.call('orchestratorDecisions', { limit }, signal)).decisions
    },
  },
  dry_run: {
    intervalMs,
    async ask(client, _, signal) {
      return (await client.call('runOrchestrator', { dryRun: true }, signal)).pass
    },
  },
  ledger: {
    intervalMs,
    async ask(client, { query, limit, place }, signal) {
      const part = place === 'end' ? {} : place
      return (await client.call('readLedger', { ...query, ...part, limit }, signal)).entries
    },
  },
  ledger_entry: {
    intervalMs,
    async ask(client, { id }, signal) {
      const { entries } = await client.call('readLedger', { afterId: id - 1, limit: 1 }, signal)
      return entries.find((entry) => entry.id === id) ?? null
    },
  },
  ledger_verdict: { intervalMs, ask: (client, _, signal) => client.call('verifyLedger', {}, signal) },
}

/** Between the start of this question and that of the next one to its source. */
export function intervalMsOf({ source, by }: Load): number {
  const { intervalMs: given } = sources[source] as { intervalMs: number | ((by: Load['by']) => number) }
  return typeof given === 'number' ? given : given(by)
}

export const sourceNames = Object.keys(sources) as SourceName[]

export const nothingLoaded = Object.fromEntries(sourceNames.map((name) => [name, null])) as Loaded
