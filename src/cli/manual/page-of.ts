import type { Argument, Command, Option } from 'commander'
import { declaredOf } from './declared.ts'
import type { ArgumentEntry, CommandPage, OptionEntry } from './page.ts'
import { choiceOf, kindOf, type ValueKind } from './value-kind.ts'

/** Reads a page, and those below it, from a parser. */
export function pageOf(command: Command): CommandPage {
  const { summary, examples, details = '', hidden = false } = declaredOf(command)
  const usage = command.usage()
  return {
    path: pathOf(command),
    summary,
    usage,
    arguments: command.registeredArguments.map(argumentEntry),
    options: command.options.filter((option) => !option.hidden).map(optionEntry),
    examples,
    details: details.trim(),
    isHidden: hidden,
    takesCommand: usage.includes('-- COMMAND'),
    commands: command.commands.map(pageOf),
  }
}

/** A parser is called `jrctl tasks`, its subcommands by their own name alone. */
function pathOf(command: Command): string[] {
  const own = command.name().replace(/^jrctl /, '')
  return command.parent === null ? [own] : [...pathOf(command.parent), own]
}

function argumentEntry(argument: Argument): ArgumentEntry {
  const name = argument.name()
  return {
    name,
    description: argument.description,
    isRequired: argument.required,
    isVariadic: argument.variadic,
    value: valueOf(name, argument.parseArg),
  }
}

function optionEntry(option: Option): OptionEntry {
  const word = /[<[](\w+)/.exec(option.flags)?.[1] ?? null
  return {
    short: option.short ?? null,
    long: option.long ?? option.flags,
    word,
    description: withDefault(option),
    value: word === null ? null : valueOf(word, option.parseArg),
  }
}

function valueOf(word: string, parse: unknown): ValueKind {
  return choiceOf(parse) ?? kindOf(word) ?? { kind: 'text' }
}

/** Of a switch the default is that it is off, which nobody needs to be told. */
function withDefault({ description, defaultValue }: { description: string; defaultValue?: unknown }): string {
  if (typeof defaultValue !== 'number' && typeof defaultValue !== 'string') return description
  const bounded = /^(.*) \(([^()]*)\)$/.exec(description)
  const [, what = description, bounds] = bounded ?? []
  return `${what} (${bounds === undefined ? '' : `${bounds}, `}default ${defaultValue})`
}
