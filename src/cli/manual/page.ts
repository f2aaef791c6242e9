import type { ValueKind } from './value-kind.ts'

/** What a command takes, as its own parser says it: the one source of help, manual and completions. */
export interface CommandPage {
  /** From the program on: `['tasks', 'add']`. */
  path: readonly string[]
  summary: string
  /** What follows the path: `[options] <title>`. */
  usage: string
  arguments: readonly ArgumentEntry[]
  options: readonly OptionEntry[]
  /** Lines a person can paste. */
  examples: readonly string[]
  /** Paragraphs; a line that begins with a blank is shown as it is. */
  details: string
  /** For programs, not for people: told nowhere. */
  isHidden: boolean
  /** A command line of somebody's own follows a `--`. */
  takesCommand: boolean
  commands: readonly CommandPage[]
}

export interface ArgumentEntry {
  name: string
  description: string
  isRequired: boolean
  isVariadic: boolean
  value: ValueKind
}

export interface OptionEntry {
  short: string | null
  long: string
  /** What its value is called; null: it takes none. */
  word: string | null
  /** With its default, where it has one. */
  description: string
  /** Of its value; null: it takes none. */
  value: ValueKind | null
}

/** `-f, --follow`, or `--jr <jr>`. */
export function flagsOf({ short, long, word }: OptionEntry): string {
  return `${short === null ? '' : `${short}, `}${long}${word === null ? '' : ` <${word}>`}`
}

/** The page and all below it, hidden ones left out. */
export function shownPages(pages: readonly CommandPage[]): CommandPage[] {
  return pages.filter(({ isHidden }) => !isHidden).flatMap(withThoseBelow)
}

function withThoseBelow(page: CommandPage): CommandPage[] {
  return [page, ...shownPages(page.commands)]
}
