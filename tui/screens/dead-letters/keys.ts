import { deadLetterLimits, type DeadLetter } from '../../../src/domain/dead-letter.ts'
import { ask } from '../../changes/change.ts'
import { askPurge } from '../../changes/purge.ts'
import { askReplay, askReplayAll } from '../../changes/replay.ts'
import type { Binding } from '../../keymap.ts'
import { openPage } from '../../pages/open.ts'
import { type AppState, type Step, step, told } from '../../state.ts'
import { knownJrs } from '../../../src/text/known-jrs.ts'
import { choiceOptions, letterQuery } from './query.ts'
import { letterList, selectedLetter, shownLetters } from './state.ts'

export const deadLettersKeys: readonly Binding[] = [
  {
    keys: ['enter'],
    does: 'show the dead letter: its error, its attempts, what it was to work on',
    short: 'show',
    press(state) {
      const letter = selectedLetter(state)
      return letter
        ? openPage(state, 'dead_letter', letter.id)
        : step(told(state, 'No dead letter is chosen.', 'plain'))
    },
  },
  {
    keys: ['R'],
    does: 'replay it: it is done again, or started; asks first',
    short: 'replay',
    command: 'jrctl dlq replay ID',
    press: (state) => replayOne(state, selectedLetter(state)),
  },
  {
    keys: ['A'],
    does: 'replay all that are shown; asks first',
    short: 'all',
    command: 'jrctl dlq replay --all',
    press: replayShown,
  },
  {
    keys: ['D'],
    does: 'purge it, for good; wants a word typed',
    short: 'purge',
    command: 'jrctl dlq purge ID',
    press: (state) => purgeOne(state, selectedLetter(state)),
  },
]

/** Asks, unless what is shown is a copy that may be old. */
export function replayOne(state: AppState, letter: DeadLetter | undefined): Step {
  return unlessCopy(state, letter ? [letter] : [], () => askReplay(state, letter ? [letter] : []))
}

export function purgeOne(state: AppState, letter: DeadLetter | undefined): Step {
  return unlessCopy(state, letter ? [letter] : [], () => askPurge(state, letter))
}

function replayShown(state: AppState): Step {
  const all = shownLetters(state) ?? []
  const letters = all.slice(0, deadLetterLimits.batch)
  const isAll = letters.length === all.length && letterList(state)?.nextBefore === null
  const choice = choiceOptions(
    letterQuery(state.loaded.dead_letters?.by.filter ?? '', knownJrs(state.status.view)),
  )
  const command = `jrctl dlq replay ${choice}${isAll ? '' : ` --limit ${letters.length}`}`
  const rest = isAll ? '' : 'More are dead than these.'
  return unlessCopy(state, letters, () => askReplayAll(state, letters, { command, rest }))
}

/** A node's copy is good to look at; what is changed is chosen from the queue itself. Runs and workers are the node's own. */
function unlessCopy(state: AppState, letters: readonly DeadLetter[], go: () => Step): Step {
  const isCopy = letterList(state)?.copyBecause != null && letters.some(({ kind }) => kind === 'task')
  return isCopy
    ? ask(state, 'The queue does not answer: this is a copy, from which nothing is changed.')
    : go()
}
