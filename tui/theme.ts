import { sanitize } from '../src/domain/sanitize.ts'
import { type Line, type Role, textOf } from './line.ts'

/** One of the 16 colours every terminal has, in its owner's own shades; or an attribute. */
export type Style = 'bold' | 'dim' | 'green' | 'yellow' | 'red' | 'cyan' | 'inverse'

/** Puts a style on text; leaves it alone under NO_COLOR. */
export type Paint = (style: Style, text: string) => string

const styles: Record<Role, Style> = {
  title: 'bold',
  dim: 'dim',
  good: 'green',
  warn: 'yellow',
  bad: 'red',
  accent: 'cyan',
  urgent: 'red',
  key: 'bold',
  selected: 'inverse',
}

export interface Theme {
  /** A line as the terminal gets it. */
  line(line: Line): string
}

export function createTheme(paint: Paint): Theme {
  return {
    line: (line) =>
      line
        .map((span) =>
          typeof span === 'string' ? harmless(span) : paint(styles[span.role], harmless(textOf(span))),
        )
        .join(''),
  }
}

/** What a terminal obeys, or turns round. */
const obeyed = /[\p{Cc}\u200E\u200F\u2028-\u202E\u2066-\u2069]/u

/** Each screen cleans what it shows; should one forget it, nothing of it reaches the terminal as a command. */
function harmless(text: string): string {
  return obeyed.test(text) ? sanitize(text, { lengthMax: text.length }) : text
}
