import type { DeadLetterKind } from '../../src/domain/dead-letter.ts'
import type { AppState, Step } from '../state.ts'
import { ask, type ChangeType } from './change.ts'
import { type LetterCandidate, lettersChange, verdictsSentence } from './letters.ts'

export const purgeChange: ChangeType<'purge'> = {
  async do(client, { letters }, signal) {
    const { verdicts } = await client.call('purgeDeadLetters', { letters: [...letters] }, signal)
    return { sentence: verdictsSentence(verdicts, 'purge'), undo: null }
  },
}

/** `D`: nothing brings back what is purged, so it wants more than one key. */
export function askPurge(state: AppState, letter: LetterCandidate | undefined): Step {
  if (!letter) return ask(state, 'No dead letter is chosen.')
  const { id, kind } = letter
  return ask(state, {
    preview: `Purge ${kind === 'task' ? 'task ' : ''}${id} for good? ${goes[kind]} Nothing brings it back.`,
    command: `jrctl dlq purge ${id}`,
    change: { kind: 'purge', ...lettersChange([letter]) },
    word: 'purge',
  })
}

const goes = {
  task: 'Its row and its attempts are deleted.',
  run: 'It is forgotten.',
  worker: 'It is forgotten; the worker stays as it is.',
} as const satisfies Record<DeadLetterKind, string>
