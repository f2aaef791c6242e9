import { exitCodes } from '../help.ts'
import { globalRows, type Row } from './help-lines.ts'
import { flagsOf, shownPages, type CommandPage } from './page.ts'
import { paragraphsOf, type Paragraph } from './paragraphs.ts'
import * as topics from './topics.ts'

/** All commands as one page of Markdown. */
export function markdownPage(pages: readonly CommandPage[]): string {
  const top = pages.filter(({ isHidden }) => !isHidden)
  const lines = [
    '# Commands',
    '',
    '<!-- Made by `jrctl man --markdown` from what `jrctl COMMAND --help` shows: change it there. -->',
    '',
    '`jrctl COMMAND --help` tells the same on a terminal, `jrctl man | man -l -` as a manual page.',
    '',
    ...top.map(
      ({ path, summary }) => `- [\`jrctl ${path.join(' ')}\`](#${anchorOf(path)}): ${text(summary)}`,
    ),
    '',
    '## Options of all commands',
    '',
    'Before or after the command:',
    '',
    ...table(globalRows()),
    '',
    ...shownPages(pages).flatMap(commandLines),
    '## Exit codes',
    '',
    ...table(exitCodes),
    '',
    topics.exitCodesMore,
    '',
    '## Environment',
    '',
    ...table(topics.environment),
    '',
    '## Files',
    '',
    ...table(topics.files),
  ]
  return `${lines.join('\n')}\n`
}

function anchorOf(path: readonly string[]): string {
  return ['jrctl', ...path].join('-')
}

function commandLines(page: CommandPage): string[] {
  const entries: Row[] = [
    ...page.arguments.map(({ name, description }): Row => [name, description]),
    ...page.options.map((option): Row => [flagsOf(option), option.description]),
  ]
  return [
    `${page.path.length === 1 ? '##' : '###'} jrctl ${page.path.join(' ')}`,
    '',
    `${text(page.summary)}.`,
    '',
    ...code([['jrctl', ...page.path, page.usage].join(' ')], 'text'),
    '',
    ...(entries.length === 0 ? [] : [...table(entries), '']),
    ...paragraphsOf(page.details).flatMap(paragraphLines),
    ...code(page.examples, 'sh'),
    '',
  ]
}

function paragraphLines(paragraph: Paragraph): string[] {
  return [...(paragraph.kind === 'words' ? [text(paragraph.text)] : code(paragraph.lines, 'text')), '']
}

function code(lines: readonly string[], language: string): string[] {
  return ['```' + language, ...lines, '```']
}

function table(rows: readonly Row[]): string[] {
  const cell = (content: string) => content.replaceAll('|', '\\|')
  return [
    '| | |',
    '|---|---|',
    ...rows.map(([term, meaning]) => `| \`${cell(term)}\` | ${cell(text(meaning))} |`),
  ]
}

/** Signs that Markdown would take for its own, outside of code. */
function text(words: string): string {
  return words
    .split('`')
    .map((part, index) => (index % 2 === 0 ? part.replaceAll(/[*_<>[\]]/g, String.raw`\$&`) : `\`${part}\``))
    .join('')
}
