import { type DeadLetterId, type DeadLetterKind, taskOfDeadLetter } from '../../src/domain/dead-letter.ts'
import { count } from '../../src/text/format.ts'
import type { AppState, Step } from '../state.ts'
import { ask, type ChangeType, type Question } from './change.ts'
import { kindCounts, type LetterCandidate, lettersChange, verdictsSentence } from './letters.ts'

export const replayChange: ChangeType<'replay'> = {
  async do(client, { letters }, signal) {
    const { verdicts } = await client.call('replayDeadLetters', { letters: [...letters] }, signal)
    const [only] = verdicts
    const sentence = verdictsSentence(verdicts, 'replay')
    if (!only || verdicts.length > 1 || only.kind !== 'done') return { sentence, undo: null }
    return { sentence: doneSentence(only.id), undo: cancelQuestion(only.id, letters[0]?.version) }
  },
}

/** `R` on a dead letter: asks before it is brought back to life. */
export function askReplay(state: AppState, [letter]: readonly LetterCandidate[]): Step {
  if (!letter) return ask(state, 'No dead letter is chosen.')
  const { id, kind } = letter
  const preview = `Replay ${kind === 'task' ? 'task ' : ''}${id}? ${becomes[kind]}`
  return ask(state, {
    preview,
    command: `jrctl dlq replay ${id}`,
    change: { kind: 'replay', ...lettersChange([letter]) },
  })
}

/** `A`: asks before all of these are brought back to life. @param rest what is said of those that it leaves out */
export function askReplayAll(
  state: AppState,
  letters: readonly LetterCandidate[],
  { command, rest }: { command: string; rest: string },
): Step {
  if (letters.length === 0) return ask(state, 'There is no dead letter here.')
  if (letters.length === 1) return askReplay(state, letters)
  const kinds = kindCounts(letters).map(([kind, letterCount]) => inAll[kind](letterCount))
  const preview = `Replay all ${letters.length} shown? ${kinds.join('; ')}.${rest === '' ? '' : ` ${rest}`}`
  return ask(state, { preview, command, change: { kind: 'replay', ...lettersChange(letters) } })
}

const becomes = {
  task: 'It is done again, from its first attempt.',
  run: 'Its worker runs once more, when its turn comes.',
  worker: 'The worker is started again, its breaker closed.',
} as const satisfies Record<DeadLetterKind, string>

const inAll = {
  task: (tasks) => `${count(tasks, 'task')} begin${tasks === 1 ? 's' : ''} again with the first attempt`,
  run: (runs) => `${count(runs, 'run')} wait${runs === 1 ? 's' : ''} in turn`,
  worker: (workers) => `${count(workers, 'worker')} ${workers === 1 ? 'is' : 'are'} started`,
} as const satisfies Record<DeadLetterKind, (count: number) => string>

function doneSentence(id: DeadLetterId): string {
  return taskOfDeadLetter(id) === undefined
    ? `${id} is replayed.`
    : `Task ${id} is replayed: it begins with its first attempt.`
}

/** Not as if nothing had been: what it was is said. */
function cancelQuestion(letter: DeadLetterId, diedAs: number | undefined): Question | null {
  const id = taskOfDeadLetter(letter)
  if (id === undefined) return null
  return {
    preview: `Cancel the replayed task ${id}? It ends as cancelled, and is no dead letter any more.`,
    command: `jrctl tasks cancel ${id}`,
    change: { kind: 'cancel', id, ...(diedAs === undefined ? {} : { diedAs }) },
  }
}
