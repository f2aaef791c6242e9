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
      line.map((span) => (typeof span === 'string' ? span : paint(styles[span.role], textOf(span)))).join(''),
  }
}
