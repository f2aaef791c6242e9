import { type Span, textOf } from '../line.ts'

/** A row for whoever hears it: each value with the title of its column, for there is no column to look up to. */
export function spokenRow(columns: readonly { title: string }[], cells: readonly Span[]): string {
  return columns
    .map(({ title }, index) => {
      const text = textOf(cells[index] ?? '').trim()
      return text === '' || text === '–' ? '' : `${spokenTitle(title)} ${text}`.trim()
    })
    .filter((text) => text !== '')
    .join(', ')
}

function spokenTitle(title: string): string {
  return title === '#' ? 'position' : title.toLowerCase()
}
