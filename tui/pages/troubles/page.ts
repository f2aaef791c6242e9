import { count } from '../../../src/text/format.ts'
import { type Trouble, troublesOf } from '../../../src/text/troubles.ts'
import type { Line } from '../../line.ts'
import { marked } from '../field.ts'
import type { Page } from '../page.ts'

/** All that is wrong, in whole sentences: the header has room for the worst alone. */
export const troublesPage: Page = {
  title: 'What is wrong',
  keys: [],
  lines({ status, size }) {
    const troubles = troublesOf(status.view, status.at.wallMs)
    if (troubles.length === 0) return [[], ['  Nothing is wrong.']]
    return [[titleOf(troubles)], [], ...troubles.flatMap((trouble) => linesOf(trouble, size.columns))]
  },
  wants: () => [],
}

function titleOf(troubles: readonly Trouble[]): Line[number] {
  const bad = troubles.filter(({ level }) => level === 'bad').length
  if (troubles.length === 1 && bad === 1) return { text: '1 trouble, which needs somebody', role: 'title' }
  const needs = bad === 0 ? '' : `, ${bad} of which ${bad === 1 ? 'needs' : 'need'} somebody`
  return { text: `${count(troubles.length, 'trouble')}${needs}`, role: 'title' }
}

/** By its mark as well as by its colour. */
function linesOf({ level, text }: Trouble, columns: number): Line[] {
  return marked(level === 'bad' ? '!  ' : '·  ', text, columns, level)
}
