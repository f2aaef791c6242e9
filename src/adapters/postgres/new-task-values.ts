import { UserError } from '../../errors.ts'
import { taskLimits } from '../../domain/task.ts'
import type { NewTask, TaskChanges } from '../../ports/task-queue.ts'

/**
 * Bounds on what an operator writes, before anything is sent. Unlike a command's output nothing is cleaned or cut: what
 * would not be stored as given is refused.
 * @param where names the task in messages, e.g. `task 3: `
 * @throws UserError that names field, what was found and what is allowed
 */
export function checkNewTask(task: NewTask, where = ''): void {
  if (task.title.trim() === '')
    throw new UserError(`${where}title is empty`, { hint: 'Give the task a title.' })
  checkChanges(task, where)
  checkText(where, 'source', task.source, taskLimits.jrNameBytes)
  checkText(where, 'created_by', task.createdBy, taskLimits.jrNameBytes)
}

export function checkChanges(task: TaskChanges, where = ''): void {
  if (task.title?.trim() === '')
    throw new UserError(`${where}title is empty`, { hint: 'Give the task a title.' })
  checkText(where, 'title', task.title, taskLimits.titleBytes)
  checkText(where, 'description', task.description, taskLimits.descriptionBytes)
  checkText(where, 'assigned_jr', task.assignedJr, taskLimits.jrNameBytes)
  checkText(where, 'channel', task.channel, taskLimits.channelBytes)
  checkWhole(where, 'priority', task.priority, -1_000_000, 1_000_000)
  checkWhole(where, 'sacred_fire_priority', task.sacredFirePriority, 0, 10)
  checkWhole(where, 'max_attempts', task.maxAttempts, 1, 1_000)
  checkWhole(where, 'campaign_id', task.campaignId, 0, Number.MAX_SAFE_INTEGER)
  checkWhole(where, 'scheduled_at', task.scheduledAt, 0, latestTimeMs)
  checkScore(where, task.score)
  checkTags(where, task.tags)
}

/** The end of the year 9999; later dates no program reads. */
const latestTimeMs = 253_402_300_799_999

function checkText(where: string, field: string, value: string | null | undefined, bytesMax: number): void {
  if (value === null || value === undefined) return
  if (value.includes('\u0000')) {
    throw new UserError(`${where}${field} contains a NUL character, which PostgreSQL cannot store`, {
      hint: 'Remove it.',
    })
  }
  const bytes = Buffer.byteLength(value)
  if (bytes > bytesMax) throw new UserError(`${where}${field} has ${bytes} bytes, the limit is ${bytesMax}`)
}

function checkWhole(
  where: string,
  field: string,
  value: number | null | undefined,
  min: number,
  max: number,
): void {
  if (value === null || value === undefined) return
  if (!Number.isSafeInteger(value) || value < min || value > max) {
    throw new UserError(`${where}${field} is ${value}, allowed are whole numbers from ${min} to ${max}`)
  }
}

function checkScore(where: string, score: number | null | undefined): void {
  if (score === null || score === undefined) return
  const { scoreMin: min, scoreMax: max } = taskLimits
  // NaN is neither.
  if (score >= min && score <= max) return
  throw new UserError(`${where}score is ${score}, allowed is a number from ${min} to ${max}`)
}

function checkTags(where: string, tags: readonly string[] | undefined): void {
  if (tags === undefined) return
  if (tags.length > taskLimits.tagCount) {
    throw new UserError(`${where}tags: ${tags.length} were given, the limit is ${taskLimits.tagCount}`)
  }
  for (const tag of tags) checkText(where, `tag "${tag.slice(0, 40)}"`, tag, taskLimits.tagBytes)
}
