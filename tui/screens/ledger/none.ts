import { ledgerEventTypes } from '../../../src/domain/ledger-event.ts'
import { number } from '../../../src/text/format.ts'
import { said } from '../../components/table.ts'
import type { Line } from '../../line.ts'
import type { AppState } from '../../state.ts'
import { knownJrs } from '../../../src/text/known-jrs.ts'
import { wishOf } from './query.ts'
import { progressLeftOut } from './state.ts'

/** Instead of the table: the filter leaves nothing of what is held; and how to look further. */
export function noneLines(state: AppState): Line[] {
  const { filter } = state.arrangements.ledger
  const progress = progressLeftOut(state)
  if (progress > 0)
    return said(
      `These ${number(progress)} entries tell of the progress of tasks alone; a shows them, [ looks further back.`,
      state.size,
    )
  if (filter === '') return said('The ledger is empty.', state.size)
  const { words } = wishOf(filter, knownJrs(state.status.view))
  const held = state.loaded.ledger?.answer.length ?? 0
  // The daemon has chosen by all of it, in the whole ledger.
  if (words === '' || held === 0)
    return said(`Nothing is like “${filter}”; esc drops the filter.`, state.size)
  const none = `Nothing of these ${number(held)} entries is like “${words}”; esc drops the filter, [ looks further back.`
  const types = wordsOfTypes(words)
  return said(types === '' ? none : `${none} In the whole ledger: /${types}`, state.size)
}

/** `dlq.`, where somebody looks for the word that types begin with. */
function wordsOfTypes(words: string): string {
  const isBeginning = (word: string) => ledgerEventTypes.some((type) => type.startsWith(`${word}.`))
  const typed = words.toLowerCase().split(' ')
  return typed.some(isBeginning) ? typed.map((word) => (isBeginning(word) ? `${word}.` : word)).join(' ') : ''
}
