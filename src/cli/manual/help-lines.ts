import { wrap } from '../../text/wrap.ts'
import { globalOptions } from '../global-options.ts'
import type { Output } from '../output.ts'
import { commonOptions } from './common-options.ts'
import { paragraphsOf, type Paragraph } from './paragraphs.ts'
import { flagsOf, type CommandPage } from './page.ts'

/** Wider than this is hard to read. */
const columnsMax = 80
const termCellsMax = 28

/** What `--help` prints of a command. */
export function helpLines(page: CommandPage, output: Pick<Output, 'columns' | 'style'>): string[] {
  const columns = Math.min(output.columns, columnsMax)
  const section = (title: string, lines: readonly string[]) =>
    lines.length === 0 ? [] : ['', output.style('bold', `${title}:`), ...lines]
  const entries = (rows: readonly Row[]) => rowLines(rows, columns)
  return [
    `${output.style('bold', 'Usage:')} ${['jrctl', ...page.path, page.usage].join(' ')}`,
    '',
    ...wrap(page.summary, columns),
    ...section('Arguments', entries(page.arguments.map(({ name, description }) => [name, description]))),
    ...section('Options', entries([...page.options.map(optionRow), helpRow])),
    ...section('Commands', entries(commandRows(page.commands))),
    ...detailLines(page.details, columns),
    ...section(
      'Global options (before or after the command)',
      entries(commonOptions(page.path[0]).map(optionRow)),
    ),
    ...section(
      'Examples',
      page.examples.flatMap((example) => exampleLines(example, columns)),
    ),
  ]
}

/** A term and what it means. */
export type Row = readonly [term: string, meaning: string]

const helpRow: Row = ['-h, --help', 'show this']

function optionRow(option: CommandPage['options'][number]): Row {
  return [flagsOf(option), option.description]
}

export function commandRows(pages: readonly CommandPage[]): Row[] {
  return pages
    .filter(({ isHidden }) => !isHidden)
    .map(({ path, usage, summary }) => {
      const takes = usage.replace(/\[(options|command)\] ?/g, '').trim()
      return [`${path.at(-1) ?? ''} ${takes}`.trim(), summary]
    })
}

export function globalRows(): Row[] {
  return globalOptions.map(optionRow)
}

/** Terms in a column, meanings in the next; a long term has a line of its own. */
export function rowLines(rows: readonly Row[], columns: number): string[] {
  const widest = Math.max(0, ...rows.map(([term]) => term.length).filter((cells) => cells <= termCellsMax))
  const indent = widest + 4
  return rows.flatMap(([term, meaning]) => {
    const meanings = wrap(meaning, Math.max(20, columns - indent)).map((line) => ' '.repeat(indent) + line)
    const [first = '', ...rest] = meanings
    if (term.length > widest) return [`  ${term}`, ...meanings]
    return [`  ${term.padEnd(widest)}  ${first.slice(indent)}`.trimEnd(), ...rest]
  })
}

function detailLines(details: string, columns: number): string[] {
  return paragraphsOf(details).flatMap((paragraph) => paragraphLines(paragraph, columns))
}

/** One that is too long goes on in the next line, in a way that a shell takes it so. */
function exampleLines(example: string, columns: number): string[] {
  if (example.length + 2 <= columns) return [`  ${example}`]
  const lines: string[] = []
  let line = ' '
  for (const word of shellWords(example)) {
    // Room for the sign that a line goes on.
    if (line.trim() !== '' && line.length + 1 + word.length > columns - 2) {
      lines.push(`${line} \\`)
      line = ' '.repeat(5)
    }
    line += ` ${word}`
  }
  return [...lines, line]
}

/** Parted at blanks, but within no quotes. */
function shellWords(text: string): string[] {
  return text.match(/(?:"[^"]*"|'[^']*'|\\.|[^\s"'])+/g) ?? []
}

function paragraphLines(paragraph: Paragraph, columns: number): string[] {
  return ['', ...(paragraph.kind === 'words' ? wrap(paragraph.text, columns) : paragraph.lines)]
}
