import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { sections } from '../../src/config/schema.ts'
import { pages, projectDir } from './support/page.ts'
import { sourceText } from './support/seen-texts.ts'
import { referenceOf, type SpokenCall, spokenNames } from './support/spoken-names.ts'

/** What is typed at 3 am stands in the prose and the tables of the pages, which no test runs. */

const referencePage = 'docs/commands.md'
const reference = referenceOf(readFileSync(`${projectDir}${referencePage}`, 'utf8'))
const common = reference.get('Options of all commands') ?? ''
const everything = [...reference.values()].join('\n')
const sources = sourceText()
const spoken = pages()
  .filter(({ name }) => name !== referencePage)
  .map(({ name, text }) => [name, spokenNames(text)] as const)

/** What of a call there is not. */
function wrongIn({ command, subcommands, options }: SpokenCall): string[] {
  const own = reference.get(command)
  if (own === undefined) return [command]
  const hasSubcommands = [...reference.keys()].some((name) => name.startsWith(`${command} `))
  const chosen = hasSubcommands ? subcommands.map((word) => `${command} ${word}`) : []
  const told = [common, own, ...chosen.map((name) => reference.get(name) ?? '')].join('\n')
  return [
    ...chosen.filter((name) => !reference.has(name)),
    ...options.filter((option) => !mentions(told, option)),
  ]
}

function mentions(text: string, option: string): boolean {
  return new RegExp(`${option}(?![a-z-])`).test(text)
}

function isKey({ section, key }: { section: string; key: string }): boolean {
  const fields = sections[section as keyof typeof sections] as object | undefined
  const isBeginning = key.endsWith('_')
  return Object.keys(fields ?? {}).some((name) => (isBeginning ? name.startsWith(key) : name === key))
}

describe('what the pages say in passing', () => {
  it('is a lot', () => {
    expect(spoken.flatMap(([, { calls }]) => calls).length).toBeGreaterThan(80)
    expect(spoken.flatMap(([, { keys }]) => keys).length).toBeGreaterThan(10)
  })

  it.each(spoken)('%s: its commands, subcommands and options are there', (_, { calls, options }) => {
    expect(calls.flatMap(wrongIn)).toEqual([])
    expect(options.filter((option) => !mentions(everything, option))).toEqual([])
  })

  it.each(spoken)('%s: its keys are there', (_, { keys, words }) => {
    expect(keys.filter((key) => !isKey(key))).toEqual([])
    expect(words.filter((word) => !sources.includes(word))).toEqual([])
  })

  it('would be found out', () => {
    const wrong = spokenNames(
      'So `jrctl dlq replay --serch X`, `jrctl ledger [verifi \\| replay]`, `jrctl stats && jrctl top`, `[queue] stuk_after`.',
    )
    expect(wrong.calls.flatMap(wrongIn)).toEqual(['--serch', 'ledger verifi', 'stats'])
    expect(wrong.keys.filter((key) => !isKey(key))).toEqual([{ section: 'queue', key: 'stuk_after' }])
  })
})
