import { parseDeadLetterId } from '../../../src/domain/dead-letter.ts'
import type { Page } from '../page.ts'
import { deadLetterKeys } from './keys.ts'
import { shownLetter } from './state.ts'
import { letterText } from './text.ts'

export const deadLetterPage: Page = {
  title: 'This dead letter',
  keys: deadLetterKeys,
  lines(state, id) {
    const view = shownLetter(state, id)
    return view ? letterText(view, state.size.columns, state.status.at.wallMs) : null
  },
  wants(_, id) {
    const parsed = parseDeadLetterId(id)
    return parsed === undefined ? [] : [{ source: 'dead_letter', by: { id: parsed } }]
  },
}
