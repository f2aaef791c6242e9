import { safe } from '../../../src/text/fit.ts'
import { count, number } from '../../../src/text/format.ts'
import type { LedgerVerdictView } from '../../../src/contract/outputs.ts'
import type { Line } from '../../line.ts'
import { field } from '../field.ts'
import type { Page } from '../page.ts'
import { openVerdict } from './open.ts'

export const verdictPage: Page = {
  title: 'The chain of the ledger',
  keys: [
    {
      keys: ['v'],
      does: 'verify again',
      short: 'verify again',
      command: 'jrctl ledger verify',
      press: openVerdict,
    },
  ],
  lines({ loaded, size }, id) {
    const found = loaded.ledger_verdict
    if (!found || String(found.by.askedAtMs) !== id) return [[], ['  Verifying, from the first entry on …']]
    return verdictText(found.answer, size.columns)
  },
  wants: () => [],
}

function verdictText(verdict: LedgerVerdictView, columns: number): Line[] {
  const put = (label: string, text: string, role?: 'good' | 'bad') => field(label, text, columns, role)
  if (verdict.ok)
    return [
      ...put('Chain', 'whole', 'good'),
      ...put('Entries', `${number(verdict.entries)}, each with its hash over itself and the one before it`),
      ...put('Head', verdict.head),
      [],
      ...put('', 'Who can rewrite the whole file can forge all of it: note the head elsewhere to be sure.'),
    ]
  const { brokenAt, entries, reason } = verdict
  return [
    ...put('Chain', `broken at entry ${brokenAt}`, 'bad'),
    ...put('Why', safe(reason)),
    ...put(
      'Entries',
      `${count(entries, 'entry').replace('entrys', 'entries')} before it ${entries === 1 ? 'is' : 'are'} as written; those from there on prove nothing`,
    ),
    [],
    ...put('What to do', 'jrctl ledger verify tells it step by step.'),
  ]
}
