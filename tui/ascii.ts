import { type Line, type Span, textOf } from './line.ts'

/** What the screens are written with beside ASCII, each by one character: a line keeps its width. */
const plain: Readonly<Record<string, string>> = {
  '·': '-',
  '…': '~',
  '–': '-',
  '—': '-',
  '−': '-',
  '─': '-',
  '×': 'x',
  '→': '>',
  '›': '>',
  '“': '"',
  '”': '"',
  '‘': "'",
  '’': "'",
  '▏': '|',
  '█': '#',
  '░': '.',
}

const known = new RegExp(`[${Object.keys(plain).join('')}]`, 'g')

/** A line for terminals that have nothing but ASCII. What others wrote in other letters stays as it is. */
export function asciiLine(line: Line): Line {
  return line.map(asciiSpan)
}

function asciiSpan(span: Span): Span {
  const text = textOf(span).replace(known, (character) => plain[character] ?? character)
  return typeof span === 'string' ? text : { text, role: span.role }
}
