import type { LedgerEntry, LedgerLevel } from '../../../src/domain/ledger-event.ts'
import type { WorkerView } from '../../../src/domain/worker.ts'
import { safe } from '../../../src/text/fit.ts'
import { count, percent, timestamp } from '../../../src/text/format.ts'
import { happenedAt } from '../../../src/text/ledger-time.ts'
import { breakerFact, definitionFacts, instanceFacts } from '../../../src/text/worker-facts.ts'
import { workerReason } from '../../../src/text/worker-reason.ts'
import type { Line, Role } from '../../line.ts'
import { stateCell, tasksOf } from '../../screens/workers/standing.ts'
import { workerById, workerLabel } from '../../screens/workers/state.ts'
import type { AppState } from '../../state.ts'
import { field, marked } from '../field.ts'

/** The page as lines of at most `columns` cells: all that `jrctl workers show` tells, and what the ledger says lately. */
export function workerText(state: AppState, id: string): Line[] {
  const { columns } = state.size
  const worker = workerById(state, id)
  if (worker === undefined) return [['  This instance is not there any more.']]
  return [
    ...standingLines(worker, state),
    ...taskLines(worker, state),
    ...instanceFacts(worker, state.status.at.wallMs).flatMap(([name, value]) => field(name, value, columns)),
    ...definitionLines(worker, state),
    ...ledgerLines(worker, state),
  ]
}

/** Longer than any state's name. */
const stateCells = 40

function standingLines(worker: WorkerView, { size: { columns }, status }: AppState): Line[] {
  const { text, role } = stateCell(worker, stateCells)
  const reason = safe(workerReason(worker, status.at.wallMs))
  const breaker = status.view.breaker?.workers.find(({ name }) => name === worker.name)
  return [
    ...field('Worker', workerLabel(worker), columns, 'title'),
    ...field('state', text, columns, role),
    ...(reason === worker.state ? [] : field('why', reason, columns)),
    ...(breaker === undefined ? [] : field(...breakerFact(breaker, status.at.wallMs), columns, 'bad')),
  ]
}

function taskLines(worker: WorkerView, { size: { columns }, status }: AppState): Line[] {
  const tasks = tasksOf(worker, status.view)
  if (tasks.length === 0) return field('task', 'none', columns)
  return tasks.flatMap(({ taskId, title, position, capacityPct, progressPercent }, index) =>
    field(
      index === 0 ? 'task' : '',
      `${taskId} ${safe(title)} · position ${position}, ${percent(capacityPct)} · ${progressPercent} % done`,
      columns,
      'accent',
    ),
  )
}

function definitionLines({ name }: WorkerView, { size: { columns }, loaded, status }: AppState): Line[] {
  const detail = loaded.worker?.by.name === name ? loaded.worker.answer : undefined
  const others = status.view.workers.filter((worker) => worker.name === name).length
  const title = `Configuration${others > 1 ? ` of all ${count(others, 'instance')}` : ''}`
  const facts =
    detail === undefined
      ? [['  Asking …']]
      : definitionFacts(detail.definition).flatMap(([label, value]) => field(label, value, columns))
  return [[], [{ text: title, role: 'title' }], ...facts]
}

const roles: Record<LedgerLevel, Role> = { info: 'dim', warn: 'warn', error: 'bad' }

function ledgerLines({ name }: WorkerView, { size: { columns }, loaded }: AppState): Line[] {
  const entries = loaded.worker_ledger?.by.name === name ? loaded.worker_ledger.answer : []
  if (entries.length === 0) return []
  const lines = entries.toReversed().flatMap((entry) => entryLines(entry, columns))
  return [[], [{ text: 'In the ledger, the newest first', role: 'title' }], ...lines]
}

function entryLines(entry: LedgerEntry, columns: number): Line[] {
  const time = timestamp(happenedAt(entry)).slice('2026-'.length)
  const role = entry.level === 'info' ? undefined : roles[entry.level]
  return marked(`  ${time}  `, safe(entry.message), columns, role)
}
