import { duration } from '../duration-words.ts'
import { foreignWriter } from '../foreign-writer.ts'
import { blocks, standing, tells, type Reason } from './reason.ts'
import { takerReasons } from './takers.ts'
import { readyWindowReasons, timedWindowReasons } from './window.ts'
import type { EndedAttempt, LockHolder, TaskStanding, WhyFacts } from './standing.ts'
import { ago, because, counted, ended, shown } from './words.ts'

/** A task whose time has not come, or has come and nobody has looked. */
export function timedReasons(facts: WhyFacts): Reason[] {
  const { task, dueInMs } = facts.standing
  if (dueInMs === null || dueInMs <= 0) return [dueReason(facts), ...databaseReasons(facts.standing)]
  // While a strict window is closed, nobody would get it.
  const now =
    facts.standing.closedForMs === null ? `Have it done at once with: jrctl tasks retry ${task.id}` : null
  const comes = `in ${duration(dueInMs)}`
  const where =
    task.status === 'retry'
      ? standing('backoff', `${failedWords(facts.standing)}; the next try comes ${comes}.`, now)
      : standing('scheduled', `It is scheduled: it becomes ready ${comes}.`, now)
  return [where, ...timedWindowReasons(facts)]
}

function failedWords({ task, last }: TaskStanding): string {
  const tries = `${task.attempts} of ${task.maxAttempts} attempts failed`
  return last === null ? tries : `${tries}, the last one ${ago(last.endedAgeMs)}`
}

function dueReason({ standing: { task, dueInMs, instances }, daemon }: WhyFacts): Reason {
  const since = dueInMs === null ? 'It is due now' : `Its time came ${duration(-dueInMs)} ago`
  const somebody = daemon.up || instances.length > 0
  return somebody
    ? standing('due', `${since}; a daemon or worker makes it ready at its next look.`)
    : standing(
        'due',
        `${since}, but neither a daemon nor a worker is there to make it ready.`,
        `Start one with: jrctl daemon (or make it ready now: jrctl tasks retry ${task.id})`,
      )
}

/** A task that waits for nothing but somebody to take it. */
export function readyReasons(facts: WhyFacts): Reason[] {
  const { task, createdAgeMs, statusAgeMs } = facts.standing
  const since = statusAgeMs ?? createdAgeMs
  const whom = task.assignedJr === null ? 'for any Jr' : `for ${shown(task.assignedJr)}`
  const been = since === null ? 'It is ready' : `It has been ready for ${duration(since)}`
  return [
    standing('ready', `${been} and waits ${whom}${task.urgent ? ', urgently' : ''}.`),
    ...cameBack(facts.standing),
    ...databaseReasons(facts.standing),
    ...holdReasons(facts.standing),
    ...readyWindowReasons(facts),
    ...lineReasons(facts.standing),
    ...takerReasons(facts),
  ]
}

function lineReasons({ task, ahead }: TaskStanding): Reason[] {
  if (ahead === null) return []
  const line =
    task.assignedJr === null ? 'the line of unassigned tasks' : `the line of ${shown(task.assignedJr)}`
  if (ahead.count === 0 && !ahead.isMore) return [tells('next_in_line', `It is the next in ${line}.`)]
  const many = ahead.isMore ? `more than ${grouped(ahead.count)} tasks are` : isAre(ahead.count)
  const next = task.urgent ? null : `Put it first with: jrctl urgent ${task.id}`
  return [tells('ahead', `In ${line}, ${many} before it.`, next)]
}

function isAre(count: number): string {
  return count === 1 ? '1 task is' : `${grouped(count)} tasks are`
}

function grouped(value: number): string {
  return String(value).replace(/\B(?=(\d{3})+$)/g, ',')
}

/** Every write locks its row for a moment; only a lock that lasts is worth a word. */
const lastingMs = 1_000

/** What keeps every worker from it. */
export function databaseReasons({ readOnly, locks }: TaskStanding): Reason[] {
  const reasons: Reason[] = []
  if (readOnly !== null) {
    const why = readOnly === 'standby' ? 'it is a standby' : 'it was switched to read-only'
    reasons.push(
      blocks(
        'read_only',
        `The database takes no writes (${why}), so nothing is claimed.`,
        'Connect to the primary.',
      ),
    )
  }
  const byRow = locks.filter(({ on, ageMs }) => on === 'row' && (ageMs === null || ageMs >= lastingMs))
  if (byRow.length > 0)
    reasons.push(blocks('row_locked', `Its row is locked by ${holders(byRow)}.`, endSession(byRow)))
  return [...reasons, ...tableLocks(locks)]
}

export function tableLocks(locks: readonly LockHolder[]): Reason[] {
  const byTable = locks.filter(({ on }) => on === 'table')
  if (byTable.length === 0) return []
  return [blocks('table_locked', `The whole queue is locked by ${holders(byTable)}.`, endSession(byTable))]
}

/** More names than this would not make a line clearer. */
const namedMax = 3

function holders(locks: readonly LockHolder[]): string {
  const named = locks.slice(0, namedMax).map(({ pid, application, user, ageMs, state }) => {
    const who = [application, user]
      .filter((name) => name !== null && name !== '')
      .map((name) => shown(name ?? ''))
    const how = [ageMs === null ? '' : `for ${duration(ageMs)}`, state ?? ''].filter((part) => part !== '')
    return `session ${pid}${who.length === 0 ? '' : ` (${who.join(', ')})`}${how.length === 0 ? '' : `, ${how.join(', ')}`}`
  })
  const more = locks.length - named.length
  return named.join('; ') + (more > 0 ? ` and ${more} more` : '')
}

function endSession(locks: readonly LockHolder[]): string | null {
  const [first] = locks
  return first === undefined ? null : `If it should not: SELECT pg_terminate_backend(${first.pid})`
}

function holdReasons({ holding, instances }: TaskStanding): Reason[] {
  const held = new Set(holding.map(({ nodeId }) => nodeId))
  const everywhere = instances.length > 0 && instances.every(({ nodeId }) => held.has(nodeId))
  return holding.slice(0, namedMax).map(({ nodeId, reason, leftMs }) => {
    const sentence = ended(
      `Node ${shown(nodeId)} claims nothing for another ${duration(leftMs)}${because(reason)}`,
    )
    return everywhere ? blocks('claims_held', sentence) : tells('claims_held', sentence)
  })
}

/** What became of the try before this one. */
export function lastAttemptReason({ last, task }: TaskStanding): Reason[] {
  if (last === null || last.outcome === 'completed') return []
  const what = `${shown(last.jrName)}, attempt ${last.attempt}: ${outcomeWords(last)} ${ago(last.endedAgeMs)}`
  const left = Math.max(0, task.maxAttempts - task.attempts)
  const remaining = task.status === 'in_progress' ? '' : ` ${counted(left, 'attempt')} left.`
  return [
    tells(
      'last_attempt',
      `Before: ${ended(what + because(foreignWriter(last) === null ? last.error : null))}${remaining}`,
    ),
  ]
}

/** Also of a worker that died the attempt is `expired`, though its lease had not. */
function outcomeWords(last: EndedAttempt): string {
  const writer = foreignWriter(last)
  if (writer !== null) return `ended by plain SQL of ${shown(writer)}`
  if (last.outcome === 'retry') return 'failed'
  if (last.outcome === 'expired' && last.error !== null) return 'given back'
  return last.outcome ?? 'ended'
}

/** Why a task without an attempt of ours is ready once more; else the attempt tells. */
function cameBack({ task, last }: TaskStanding): Reason[] {
  if (task.error === null || shown(task.error) === '' || task.error === last?.error) return []
  return [tells('came_back', ended(`It came back${because(task.error)}`))]
}
