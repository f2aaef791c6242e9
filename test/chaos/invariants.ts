import { taskId } from '../../src/domain/ids.ts'
import { checkTask } from '../../src/domain/ledger-check.ts'
import { replayLedger } from '../../src/domain/ledger-replay.ts'
import { attemptOutcomes, nextTaskStatus, taskEvents, type TaskStatus } from '../../src/domain/task.ts'
import {
  changeOf,
  type AttemptFact,
  type EventFact,
  type Evidence,
  type LedgerFact,
  type TaskFact,
} from './evidence.ts'
import type { Effect } from './fleet/effects.ts'

/** One thing that must not be, and what shows it. */
export interface Violation {
  invariant: 'I1' | 'I2' | 'I3' | 'I4'
  text: string
}

/** The handlers' clock ticks every 10 ms, and the offset to the wall's is known as well. */
const clockSlackMs = 60

/** What every task's history is checked against: nothing lost, nothing done twice, nothing untold. */
export function violations(evidence: Evidence): Violation[] {
  const book = bookOf(evidence)
  const of = (invariant: Violation['invariant'], texts: readonly string[]): Violation[] =>
    texts.map((text) => ({ invariant, text }))
  return [
    ...of(
      'I1',
      evidence.accepted.flatMap((id) => inOnePlace(id, book)),
    ),
    ...of('I2', [
      ...evidence.effects.flatMap((effect) => openedBefore(effect, book)),
      ...evidence.attempts.flatMap(ended),
    ]),
    ...of(
      'I3',
      evidence.tasks.flatMap((task) => [
        ...completedOnce(task, book),
        ...effectsAgree(task, book),
        ...nothingOverlaps(task, book),
      ]),
    ),
    ...of('I4', [
      ...evidence.tasks.flatMap((task) => eventsTellAll(task, book)),
      ...evidence.ledgers.flatMap((ledger) => ledgerAgrees(ledger, book)),
    ]),
  ]
}

/** The evidence, by task. */
interface Book {
  tasks: Map<number, TaskFact>
  attempts: Map<number, AttemptFact[]>
  byKey: Map<string, AttemptFact>
  events: Map<number, EventFact[]>
  effects: Map<number, Effect[]>
}

function bookOf(evidence: Evidence): Book {
  return {
    tasks: new Map(evidence.tasks.map((task) => [task.id, task])),
    attempts: Map.groupBy(evidence.attempts, ({ taskId: id }) => id),
    byKey: new Map(evidence.attempts.map((attempt) => [attempt.keyHash, attempt])),
    events: Map.groupBy(evidence.events, ({ taskId: id }) => id),
    effects: Map.groupBy(evidence.effects, ({ taskId: id }) => id),
  }
}

const places: Record<string, 'waiting' | 'leased' | 'done' | 'dead'> = {
  pending: 'waiting',
  assigned: 'waiting',
  scheduled: 'waiting',
  retry: 'waiting',
  in_progress: 'leased',
  completed: 'done',
  cancelled: 'done',
  failed: 'dead',
}

/** I1: waiting, leased, done or dead; and leased is whoever has an open attempt, one, and nobody else. */
function inOnePlace(id: number, { tasks, attempts }: Book): string[] {
  const task = tasks.get(id)
  if (task === undefined) return [`task ${id} was accepted and has vanished`]
  const place = places[task.status]
  if (place === undefined) return [`task ${id} is ${task.status}, which is nowhere`]
  const open = (attempts.get(id) ?? []).filter(({ endedAt }) => endedAt === null)
  const expected = place === 'leased' ? 1 : 0
  return open.length === expected
    ? []
    : [`task ${id} is ${place} (${task.status}) with ${open.length} open attempts`]
}

/** I2: before a process does anything, its attempt is on record. */
function openedBefore(effect: Effect, { byKey }: Book): string[] {
  const attempt = byKey.get(effect.keyHash)
  const what = `the ${effect.step} of attempt ${effect.attempt} at task ${effect.taskId}`
  if (attempt === undefined) return [`${what} is of an attempt that the database never opened`]
  if (attempt.taskId !== effect.taskId || attempt.attempt !== effect.attempt)
    return [`${what} shows the key of attempt ${attempt.attempt} at task ${attempt.taskId}`]
  return effect.at + clockSlackMs < attempt.startedAt
    ? [`${what} was ${Math.round(attempt.startedAt - effect.at)} ms before its attempt was opened`]
    : []
}

const outcomes = new Set<string>(attemptOutcomes)

/** I2: and afterwards one word says how it ended. */
function ended({ taskId: id, fence, endedAt, outcome }: AttemptFact): string[] {
  if (endedAt === null)
    return outcome === null ? [] : [`attempt ${fence} at task ${id} is open and ${outcome}`]
  return outcome !== null && outcomes.has(outcome)
    ? []
    : [`attempt ${fence} at task ${id} ended as ${outcome}`]
}

/** I3: the completions that attempts made are those that the row went through, one for each time it was wanted. */
function completedOnce(task: TaskFact, { attempts, events }: Book): string[] {
  const accepted = (attempts.get(task.id) ?? []).filter(({ outcome }) => outcome === 'completed')
  const history = events.get(task.id) ?? []
  const arrivals = history.filter(({ from, to }) => to === 'completed' && from !== 'completed').length
  const departures = history.filter(({ from, to }) => from === 'completed' && to !== 'completed').length
  const wanted = departures + (task.status === 'completed' ? 1 : 0)
  const problems: string[] = []
  if (accepted.length !== wanted)
    problems.push(
      `task ${task.id} is ${task.status} after ${departures} replays with ${accepted.length} accepted completions`,
    )
  if (arrivals !== wanted)
    problems.push(`task ${task.id} was completed ${arrivals} times and wanted ${wanted} times`)
  return problems
}

/** I3: the result is the accepted attempt's, and its handler's own notes say that it did the work to the end. */
function effectsAgree(task: TaskFact, { attempts, effects, byKey }: Book): string[] {
  if (task.status !== 'completed') return []
  const accepted = (attempts.get(task.id) ?? []).findLast(({ outcome }) => outcome === 'completed')
  const mine = (effects.get(task.id) ?? []).filter(({ mark }) => mark === task.resultBy)
  const [first] = mine
  if (first === undefined)
    return [`task ${task.id} is completed by ${task.resultBy}, which the effects file does not know`]
  const problems: string[] = []
  const by = byKey.get(first.keyHash)
  if (by === undefined || by.fence !== accepted?.fence)
    problems.push(
      `the result of task ${task.id} is of attempt ${by?.fence}, the accepted completion of ${accepted?.fence}`,
    )
  const steps = mine.map(({ step }) => step).join(' ')
  if (steps !== 'start middle end') problems.push(`the accepted attempt at task ${task.id} did: ${steps}`)
  return problems
}

/** These ends are written by the attempt's own worker, after the process has ended. The others end behind its back. */
const saidByWorker = new Set(['completed', 'failed', 'retry', 'released'])

/** I3: what a worker has reported as ended does nothing any more; so only the process of a lost lease may meet the next one. */
function nothingOverlaps(task: TaskFact, { attempts, effects }: Book): string[] {
  const all = attempts.get(task.id) ?? []
  const steps = effects.get(task.id) ?? []
  const afterwards = all
    .filter(({ outcome }) => saidByWorker.has(outcome ?? ''))
    .flatMap((attempt) =>
      steps
        .filter(
          ({ keyHash, at }) =>
            keyHash === attempt.keyHash && at > (attempt.endedAt ?? Infinity) + clockSlackMs,
        )
        .map(
          ({ step }) =>
            `attempt ${attempt.fence} at task ${task.id} was reported ${attempt.outcome} and did its ${step} later`,
        ),
    )
  const tooEarly = all.flatMap((attempt, index) => {
    const before = all[index - 1]
    return before !== undefined && (before.endedAt === null || before.endedAt > attempt.startedAt)
      ? [`attempts ${before.fence} and ${attempt.fence} held task ${task.id} at the same time`]
      : []
  })
  return [...afterwards, ...tooEarly]
}

/** I4: versions without a hole, each change from where the one before it led, by the table of states and events. */
function eventsTellAll(task: TaskFact, { events }: Book): string[] {
  const history = events.get(task.id) ?? []
  const problems: string[] = []
  let status: string | null = null
  for (const [index, event] of history.entries()) {
    if (event.version !== index + 1)
      problems.push(`task ${task.id}: event ${event.version} stands at place ${index + 1}`)
    if (event.from !== status)
      problems.push(`task ${task.id}: version ${event.version} leaves ${event.from}, it was ${status}`)
    if (event.kind === 'updated' && !isLegal(event))
      problems.push(`task ${task.id} went from ${event.from} to ${event.to}, which is illegal`)
    status = event.to
  }
  if (history.length !== task.version)
    problems.push(`task ${task.id} has version ${task.version} and ${history.length} events`)
  if (status !== task.status)
    problems.push(`the events leave task ${task.id} ${status}, its row says ${task.status}`)
  return problems
}

function isLegal({ from, to }: EventFact): boolean {
  return (
    from === to ||
    taskEvents.some((event) =>
      [true, false].some((assigned) => nextTaskStatus(from as TaskStatus, event, assigned) === to),
    )
  )
}

/** I4: each node's chain verifies, holds every change once, and replays to the rows. */
function ledgerAgrees({ node, verdict, entries }: LedgerFact, { tasks, events }: Book): string[] {
  const problems: string[] = []
  if (!verdict.ok) problems.push(`the ledger of ${node} is broken at ${verdict.brokenAt}: ${verdict.reason}`)
  const told = entries.filter((entry) => changeOf(entry) !== null)
  const seen = new Map<string | null, number>()
  for (const key of told.map(changeOf)) seen.set(key, (seen.get(key) ?? 0) + 1)
  for (const [key, count] of seen)
    if (count > 1) problems.push(`the ledger of ${node} tells ${key} ${count} times`)
  for (const event of [...events.values()].flat()) {
    const key = `${event.taskId}:${event.version}`
    if (!seen.has(key)) problems.push(`the ledger of ${node} lacks ${key}`)
  }
  const replayed = new Map(replayLedger(told).map((task) => [Number(task.taskId), task]))
  for (const task of tasks.values()) {
    const { verdict: check, disagreements } = checkTask(replayed.get(task.id), {
      ...task,
      taskId: taskId(task.id),
    })
    if (check !== 'agrees')
      problems.push(
        `the ledger of ${node} replays task ${task.id} otherwise (${check}): ${JSON.stringify(disagreements)}`,
      )
  }
  return problems
}
