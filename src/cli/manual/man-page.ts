import { exitCodes, whatItIs } from '../help.ts'
import { globalRows, type Row } from './help-lines.ts'
import { flagsOf, shownPages, type CommandPage } from './page.ts'
import { paragraphsOf } from './paragraphs.ts'
import { bold, literal, quoted, words } from './roff.ts'
import * as topics from './topics.ts'

/** jrctl(1): every command with its options and examples, as man(7). */
export function manPage(pages: readonly CommandPage[], version: string): string {
  const lines = [
    `.\\" Made by \\(lqjrctl man\\(rq from what \\(lqjrctl COMMAND \\-\\-help\\(rq shows.`,
    `.TH JRCTL 1 "" ${quoted(`jrctl ${version}`)} "User Commands"`,
    // Neither are command lines broken at hyphens nor is text stretched.
    '.nh',
    '.ad l',
    ...section('NAME', [`jrctl \\- run a fleet of LLM agent workers from a shared Postgres queue`]),
    ...section('SYNOPSIS', [`${bold('jrctl')} [\\fIoptions\\fR] \\fICOMMAND\\fR [\\fIoptions\\fR]`]),
    ...section('DESCRIPTION', [
      words(whatItIs),
      ...topics.description.flatMap((text) => ['.PP', words(text)]),
    ]),
    ...section('OPTIONS', [
      'They may stand before or after the command.',
      ...terms([
        ...globalRows(),
        ['-h, --help', 'help, also of a command: `jrctl tasks add --help`'],
        ['--version', 'print the version; `jrctl version` tells more'],
      ]),
    ]),
    ...section('COMMANDS', shownPages(pages).flatMap(commandLines)),
    ...section('ENVIRONMENT', terms(topics.environment)),
    ...section('FILES', terms(topics.files)),
    ...section('EXIT STATUS', [...terms(exitCodes), '.PP', words(topics.exitCodesMore)]),
    ...section('EXAMPLES', terms(topics.examples)),
    ...section('SEE ALSO', [words(topics.seeAlso)]),
  ]
  return `${lines.join('\n')}\n`
}

function section(title: string, lines: readonly string[]): string[] {
  return [`.SH ${title}`, ...lines]
}

function terms(rows: readonly Row[]): string[] {
  return rows.flatMap(([term, meaning]) => ['.TP', bold(term), words(meaning)])
}

function commandLines(page: CommandPage): string[] {
  const entries: Row[] = [
    ...page.arguments.map(({ name, description }): Row => [name, description]),
    ...page.options.map((option): Row => [flagsOf(option), option.description]),
  ]
  return [
    `.SS ${quoted(['jrctl', ...page.path, page.usage].join(' '))}`,
    words(`${page.summary}.`),
    ...terms(entries),
    ...paragraphsOf(page.details).flatMap((paragraph) =>
      paragraph.kind === 'words' ? ['.PP', words(paragraph.text)] : asIs(paragraph.lines),
    ),
    '.PP',
    page.examples.length === 1 ? 'Example:' : 'Examples:',
    ...asIs(page.examples.map((example) => `  ${example}`)),
  ]
}

function asIs(lines: readonly string[]): string[] {
  return ['.PP', '.nf', ...lines.map(literal), '.fi']
}
