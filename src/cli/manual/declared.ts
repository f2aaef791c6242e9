import type { Command } from 'commander'

export interface CommandText {
  summary: string
  /** Lines a person can paste, without `$`. */
  examples: readonly string[]
  /** What needs more words than a summary, below the options. Lines that begin with a blank are shown as they are. */
  details?: string
  /** For programs, not for people: told nowhere. */
  hidden?: boolean
}

/** What commander has no place for. */
const texts = new WeakMap<Command, CommandText>()

export function declare(command: Command, text: CommandText): void {
  texts.set(command, text)
}

export function declaredOf(command: Command): CommandText {
  return texts.get(command) ?? { summary: command.description(), examples: [] }
}
