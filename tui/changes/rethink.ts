import type { AppState } from '../state.ts'
import type { Change, ChangeKind, ChangeType, Preview, Question } from './change.ts'
import { types } from './types.ts'
import { undoing } from './undoing.ts'

/** Long enough for a person to see that it is another, and to read it. */
const readMs = 1000

/**
 * The question as it is now: what it says would happen follows the fleet for as long as it is open. The same object while nothing
 * is different; a string: there is nothing left to be asked, and why.
 */
export function rethought(state: AppState, question: Question): Question | string {
  const now = previewNow(state, question.change)
  if (typeof now === 'string') return now
  if (now === null) return question.essence === undefined ? question : gone(question.change)
  const preview = question.isUndo ? undoing(now.text) : now.text
  if (preview === question.preview && now.essence === question.essence) return question
  const next = { ...question, preview, essence: now.essence }
  const isTurned = question.essence !== undefined && question.essence !== now.essence
  return isTurned ? { ...next, turned: { atMs: state.now.monotonicMs, isHeld: false } } : next
}

/** Whether what would happen became another so lately that a yes may be one to what stood there before. */
export function isUnread({ turned }: Question, { now }: AppState): boolean {
  return turned !== undefined && !turned.isHeld && now.monotonicMs - turned.atMs < readMs
}

function previewNow(state: AppState, change: Change): Preview | string | null {
  const type: ChangeType<ChangeKind> = types[change.kind]
  return type.preview?.(state, change) ?? null
}

/** What was asked about is told of no more. */
function gone({ kind, id }: Change): string {
  return kind === 'worker' ? 'It is configured no more.' : `Task ${id} is not among these any more.`
}
