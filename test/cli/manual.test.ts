import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { assert as assertProperty, array, constantFrom, integer, property, tuple } from 'fast-check'
import { beforeAll, describe, expect, it } from 'vitest'
import { commands } from '../../src/cli/commands.ts'
import { general } from '../../src/cli/general.ts'
import { globalOptions, splitArguments } from '../../src/cli/global-options.ts'
import { commonOptions } from '../../src/cli/manual/common-options.ts'
import { gatherPages } from '../../src/cli/manual/gather.ts'
import { helpLines } from '../../src/cli/manual/help-lines.ts'
import { manPage } from '../../src/cli/manual/man-page.ts'
import { markdownPage } from '../../src/cli/manual/markdown.ts'
import { shownPages, type CommandPage } from '../../src/cli/manual/page.ts'
import { kindOf, screens } from '../../src/cli/manual/value-kind.ts'
import { exitCode } from '../../src/errors.ts'
import { screenNamed } from '../../tui/screens/named.ts'
import { screenNames } from '../../tui/state.ts'
import { wordsOf } from './example-words.ts'
import { fakeCli } from './fake-cli.ts'

let pages: CommandPage[]
let all: CommandPage[]
beforeAll(async () => {
  // Neither a daemon nor anything else is there to be asked: whatever ran would fail.
  pages = await gatherPages(fakeCli(), commands)
  all = shownPages(pages)
})

const nameOf = ({ path }: CommandPage): string => ['jrctl', ...path].join(' ')

describe('the tree of commands', () => {
  it('has every command, each under its name', () => {
    expect(pages.map(({ path }) => path.join(' '))).toEqual(commands.map(({ name }) => name))
  })

  it('has a sentence for every command, option and argument', () => {
    const bare = all.flatMap((page) => {
      const told = [
        ...page.options.map(({ long, description }) => [`${nameOf(page)} ${long}`, description]),
        ...page.arguments.map(({ name, description }) => [`${nameOf(page)} ${name}`, description]),
        [nameOf(page), page.summary],
      ]
      return told.filter(([, text = '']) => text.trim().length < 3 || text.trim().endsWith('.'))
    })
    expect(bare).toEqual([])
  })

  it('has no line of help that is wider than a terminal, and no example that a shell reads otherwise', () => {
    const output = { columns: 200, style: (_: unknown, text: string) => text }
    for (const page of all) {
      const lines = helpLines(page, output)
      expect(lines.filter((line) => line.length > 80)).toEqual([])
      const shown = lines.slice(lines.indexOf('Examples:') + 1).join('\n')
      expect(shown.replaceAll(/ \\\n +/g, ' ').split('\n')).toEqual(page.examples.map((one) => `  ${one}`))
    }
  })

  it('knows what kind of value each word stands for', () => {
    const unknown = all.flatMap((page) => [
      ...page.options.filter(({ word, value }) => word !== null && value?.kind !== 'choice' && !kindOf(word)),
      ...page.arguments.filter(({ name, value }) => value.kind !== 'choice' && !kindOf(name)),
    ])
    expect(unknown).toEqual([])
    expect(screens.map(screenNamed)).toEqual([...screenNames])
    expect(() => screenNamed('task')).toThrow(
      expect.objectContaining({
        hint: expect.stringMatching(/^Did you mean "tasks"\? There are: positions/),
      }),
    )
  })

  it('names no option twice', () => {
    for (const page of all) {
      const longs = [...page.options, ...globalOptions].map(({ long }) => long)
      expect(
        longs.filter((long, index) => longs.indexOf(long) !== index),
        nameOf(page),
      ).toEqual([])
    }
  })

  it('has examples that its own parser would take', () => {
    const wrong = all.flatMap((page) => {
      if (page.examples.length === 0) return [`${nameOf(page)}: none`]
      return page.examples.flatMap((example) => {
        const problem = problemWith(example)
        return problem === null ? [] : [`${example}: ${problem}`]
      })
    })
    expect(wrong).toEqual([])
  })

  /** Follows an example down the tree; null: nothing is wrong with it. */
  function problemWith(example: string): string | null {
    const line = wordsOf(example)
    const start = line.indexOf('jrctl')
    if (start < 0) return 'it calls no jrctl'
    const { command, args } = splitArguments(line.slice(start + 1))
    const top = pages.find(({ path }) => path[0] === command)
    if (top === undefined) return `there is no command ${command}`
    let page = top
    let operands = 0
    for (let index = 0; index < args.length; index++) {
      const word = args[index] ?? ''
      if (word === '--') return operands < required(page) ? 'it lacks an argument' : null
      if (word.startsWith('-') && word !== '-') {
        const [name = ''] = word.split('=')
        const option = page.options.find(({ long, short }) => long === name || short === name)
        if (option === undefined) return `there is no option ${name}`
        if (option.word !== null && !word.includes('=')) index += 1
        continue
      }
      const child: CommandPage | undefined =
        operands === 0 ? page.commands.find(({ path }) => path.at(-1) === word) : undefined
      if (child !== undefined) page = child
      else operands += 1
    }
    if (operands < required(page)) return 'it lacks an argument'
    const most = page.arguments.some(({ isVariadic }) => isVariadic) ? Infinity : page.arguments.length
    return operands > most ? 'it has an argument too many' : null
  }

  const required = (page: CommandPage) => page.arguments.filter(({ isRequired }) => isRequired).length
})

describe('--help', () => {
  it('keeps to 80 columns, but for what is to be pasted', () => {
    const wide = all.flatMap((page) => {
      const asIs = new Set(page.examples.map((example) => `  ${example}`))
      return helpLines(page, { columns: 80, style: (_, text) => text }).filter(
        (line) => line.length > 80 && !asIs.has(line),
      )
    })
    expect(wide).toEqual([])
  })

  it('tells all: usage, arguments, options, commands, the options of all, examples', () => {
    for (const page of all) {
      const text = helpLines(page, { columns: 80, style: (_, words) => words })
        .join('\n')
        .replaceAll(/ \\\n +/g, ' ')
      const names = [
        ...page.arguments.map(({ name }) => name),
        ...[...page.options, ...commonOptions(page.path[0])].map(({ long }) => long),
        ...page.commands.filter(({ isHidden }) => !isHidden).map(({ path }) => path.at(-1) ?? ''),
        ...page.examples,
        '-h, --help',
      ]
      expect(
        names.filter((name) => !text.includes(name)),
        nameOf(page),
      ).toEqual([])
      expect(text.startsWith(`Usage: ${nameOf(page)}`)).toBe(true)
    }
  })

  it.each([[['tasks', 'add']], [['config', 'check']], [['status']]])('`jrctl help %j`', async (path) => {
    const cli = fakeCli({ args: path })
    expect(await general(cli, 'help', commands)).toBe(exitCode.ok)
    expect(cli.out).toContain(`Usage: jrctl ${path.join(' ')}`)
  })

  it.each([[[]], [['help']], [['--help']]])('`jrctl help %j` is that of all', async (args) => {
    const cli = fakeCli({ args })
    await general(cli, 'help', commands)
    expect(cli.out).toContain('Usage: jrctl COMMAND')
  })
})

describe('options of all commands', () => {
  it('may stand anywhere before a --', () => {
    const options = constantFrom(
      ['--json'],
      ['--no-color'],
      ['--config', 'a b.toml'],
      ['--config=x'],
      ['--host', 'http://h:1'],
    )
    const paths = array(constantFrom(...all), { minLength: 1, maxLength: 1 })
    const places = tuple(integer({ min: 0, max: 9 }), integer({ min: 0, max: 9 }))
    assertProperty(
      property(paths, options, options, places, ([page], one, other, [first, second]) => {
        const own = [...(page?.path ?? []), 'operand', '--some-option']
        const plain = splitArguments(own)
        const line = [...own]
        line.splice(Math.min(first, line.length), 0, ...one)
        // Not between an option and its value.
        const gaps = [...line.keys(), line.length].filter(
          (at) => !['--config', '--host'].includes(line[at - 1] ?? ''),
        )
        line.splice(gaps[second % gaps.length] ?? 0, 0, ...other)
        const split = splitArguments([...line, '--', '--json', '--config'])
        expect([split.command, ...split.args]).toEqual([
          plain.command,
          ...plain.args,
          '--',
          '--json',
          '--config',
        ])
        const given = [...one, ...other]
        expect(split.json).toBe(given.includes('--json'))
        expect(split.colour).toBe(!given.includes('--no-color'))
        expect(split.config !== undefined).toBe(given.some((word) => word.startsWith('--config')))
      }),
    )
  })
})

describe('the manual page', () => {
  const haveMan =
    spawnSync('man', ['--version']).status === 0 && spawnSync('groff', ['--version']).status === 0
  const title = haveMan
    ? 'is roff without a warning'
    : 'is roff without a warning (man or groff is missing here)'

  it('has every section and every command', () => {
    const text = manPage(pages, '1.2.3')
    const sections = [...text.matchAll(/^\.SH (.*)$/gm)].map(([, section]) => section)
    expect(sections).toEqual([
      'NAME',
      'SYNOPSIS',
      'DESCRIPTION',
      'OPTIONS',
      'COMMANDS',
      'ENVIRONMENT',
      'FILES',
      'EXIT STATUS',
      'EXAMPLES',
      'SEE ALSO',
    ])
    expect(text.match(/^\.SS /gm)).toHaveLength(all.length)
    // What is not ASCII is spelt, so that no locale can spoil it.
    expect(text.split('').filter((sign) => sign !== '\n' && (sign < ' ' || sign > '~'))).toEqual([])
  })

  it.skipIf(!haveMan)(title, () => {
    const page = manPage(pages, '1.2.3')
    const env = { ...process.env, LC_ALL: 'C.UTF-8', MANROFFSEQ: '', MANWIDTH: '80' }
    const checked = spawnSync('man', ['--warnings', '-E', 'UTF-8', '-l', '-Tutf8', '-Z', '-'], {
      input: page,
      encoding: 'utf8',
      env,
    })
    expect(checked.stderr).toBe('')
    expect(checked.status).toBe(0)
    const shown = spawnSync('man', ['-E', 'UTF-8', '-l', '-'], { input: page, encoding: 'utf8', env }).stdout
    expect(shown).toContain('jrctl tasks add [options] <title>')
    expect(shown).toContain(`jrctl bus publish prices.eur '{"usd": 1.08}'`)
    expect(shown).toMatch(/50\s% for the first/)
  })
})

describe('docs/commands.md', () => {
  it('is what the commands say of themselves (npm run build && bin/jrctl man --markdown > docs/commands.md)', () => {
    const page = readFileSync(join(import.meta.dirname, '../../docs/commands.md'), 'utf8')
    expect(page === markdownPage(pages)).toBe(true)
  })

  it('has a heading for each link', () => {
    const text = markdownPage(pages)
    const headings = [...text.matchAll(/^#+ (.*)$/gm)].map(([, heading = '']) =>
      heading.replaceAll(' ', '-').toLowerCase(),
    )
    for (const [, anchor = ''] of text.matchAll(/\(#([^)]*)\)/g)) expect(headings).toContain(anchor)
  })
})
