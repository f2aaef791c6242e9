import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { completionPlace, isMissing, type CompletionPlace, type ShellName } from './completion-place.ts'

let place: CompletionPlace
beforeAll(async () => {
  place = await completionPlace()
})
afterAll(() => place.remove())

const hostile = 'it\'s $(touch owned) `touch owned` "Jr"; touch owned'
const jrs = ['Research Jr.', hostile, 'it_triad_jr']
const tasks = ['42', '43', '7']
const changing = ['add', 'set', 'import', 'list', 'show', 'watch', 'cancel', 'retry']

/** A line with the cursor at its end, and what goes on from it. */
const cases: readonly [line: string, offers: readonly string[]][] = [
  ['jrctl tas', ['tasks']],
  ['jrctl tasks ', changing],
  ['jrctl --json tasks s', ['set', 'show']],
  ['jrctl --config x.toml --host=http://h:1 tasks c', ['cancel']],
  ['jrctl help tasks re', ['retry']],
  ['jrctl tasks add --as', ['--assign']],
  ['jrctl tasks add --no', ['--no-color']],
  ['jrctl tasks add --assign ', jrs],
  ['jrctl tasks add title --assign it_', ['it_triad_jr']],
  ['jrctl workers restart ', jrs],
  ['jrctl work a_jr --jr it_', ['it_triad_jr']],
  ['jrctl tasks show 4', ['42', '43']],
  ['jrctl tasks cancel 42 --reason "asked twice" ', tasks],
  ['jrctl tasks import --format ', ['jsonl', 'csv']],
  ['jrctl top --screen po', ['positions']],
  ['jrctl bus subscribe d', ['dlq.added']],
  ['jrctl bus subscribe dlq.added task', ['task.>']],
  ['jrctl rules explain ', ['a:b', 'a:c=d']],
  ['jrctl completion ', ['bash', 'zsh', 'fish']],
  // What is a value is no command, and after a -- nothing is an option.
  ['jrctl --config tasks cance', []],
  ['jrctl tasks show 42 ', []],
  ['jrctl tasks add -- --as', []],
  ['jrctl nonsense ', []],
  ['jrctl tasks add ', []],
]

const more = {
  list: 'jrctl tasks list --status=failed,ret',
  value: 'jrctl tasks add --assign=it_',
  meant: "jrctl --host=http://h:1 tasks show --config 'a b.toml' 4",
  tilde: 'jrctl --config ~/c.toml tasks show 4',
  command: 'jrctl work a_jr -- sle',
  commandFile: 'jrctl work a_jr -- cat ./a',
  file: 'jrctl tasks import ./a',
  folder: 'jrctl daemon --state-dir ./a',
  quoted: 'jrctl tasks show "4',
} as const

describe.each(['bash', 'zsh', 'fish'] as const)('completions in %s', (shell: ShellName) => {
  const missing = isMissing(shell)
  const titled = (title: string) => (missing ? `${title} (${shell} is missing here)` : title)
  const answers = new Map<string, string[]>()
  beforeAll(async () => {
    if (missing) return
    const lines = [...cases.map(([line]) => line), ...Object.values(more)]
    const offers = await place.offers(shell, lines)
    // As a person would read it, without what only quotes it.
    for (const [index, line] of lines.entries())
      answers.set(line, offers[index]?.map((offer) => (shell === 'fish' ? offer : unquoted(offer))) ?? [])
  })
  const offers = (line: string): string[] => answers.get(line) ?? []

  it.skipIf(missing).each(cases)(titled('%j'), (line, expected) => {
    const found = offers(line)
    // Where nothing begins so, fish offers what has the letters anywhere.
    const offered = expected.length > 0 ? found : found.filter((offer) => offer.startsWith(lastWord(line)))
    expect(offered.toSorted()).toEqual([...expected].toSorted())
  })

  it.skipIf(missing)(titled('runs nothing that a name or a title says'), async () => {
    expect(offers('jrctl workers restart ')).toContain(hostile)
    expect(await place.damage()).toBeNull()
  })

  it.skipIf(missing)(titled('goes on after =, after a comma, in quotes'), () => {
    // Bash replaces what follows the =, the others the whole word.
    expect(offers(more.value).map((offer) => offer.replace('--assign=', ''))).toEqual(['it_triad_jr'])
    expect(offers(more.list).map((offer) => offer.replaceAll(/^--status=|failed,/g, ''))).toEqual(['retry'])
    expect(offers(more.quoted)).toEqual(['42', '43'])
  })

  it.skipIf(missing)(titled('asks the daemon that is meant'), async () => {
    const wanted = /^\[--host=http:\/\/h:1\]\[--config=a b\.toml\]\[completion\]\[values\]\[task\]\[--\]/
    expect((await place.calls(shell)).some((call) => wanted.test(call))).toBe(true)
  })

  it.skipIf(missing || shell !== 'bash')(titled('knows a configuration by ~'), async () => {
    expect((await place.calls(shell)).some((call) => /^\[--config=\/[^~\]]*\/c\.toml\]/.test(call))).toBe(
      true,
    )
  })

  it.skipIf(missing)(titled('has commands and files after work JR --'), () => {
    expect(offers(more.command)).toContain('sleep')
    expect(offers(more.commandFile).join()).toMatch(/<default>|a file/)
  })

  it.skipIf(missing)(titled('has files and folders where they are wanted'), () => {
    if (shell === 'bash')
      expect([offers(more.file), offers(more.folder)]).toEqual([['<default>'], ['<dirnames>']])
    else {
      expect(offers(more.file).join()).toContain('a file.toml')
      expect(offers(more.folder).join()).toContain('a folder')
      expect(offers(more.folder).join()).not.toContain('a file.toml')
    }
  })
})

const lastWord = (line: string): string => line.split(' ').at(-1) ?? ''

/** What sh makes of a word that is quoted by backslashes alone. */
function unquoted(word: string): string {
  return word.replaceAll(/\\(.)/g, '$1')
}

describe('bash', () => {
  const typed = async (line: string) => (await place.offers('bash', [line]))[0]?.[0]

  it.each([
    ['jrctl workers show Res', 'Research\\ Jr.'],
    ['jrctl workers show "Res', 'Research Jr.'],
    ["jrctl workers show 'Res", 'Research Jr.'],
    ['jrctl workers show Research\\ J', 'Research\\ Jr.'],
    ['jrctl tasks add --assign="Res', 'Research Jr.'],
    ['jrctl rules explain a:c', 'c=d'],
    ['jrctl rules explain a:c=', 'd'],
    ['jrctl orchestrator decisions --rule=a:b', 'b'],
    ["jrctl orchestrator decisions --rule='a:c", 'a:c=d'],
    ["jrctl workers show 'it", "it'\\''s $(touch owned) `touch owned` \"Jr\"; touch owned"],
    ['jrctl workers show "it\'', 'it\'s \\$(touch owned) \\`touch owned\\` \\"Jr\\"; touch owned'],
    [
      "jrctl workers show it\\'",
      'it\\\'s\\ \\$\\(touch\\ owned\\)\\ \\`touch\\ owned\\`\\ \\"Jr\\"\\;\\ touch\\ owned',
    ],
  ])('%s: types %s', async (line, text) => {
    expect(await typed(line)).toBe(text)
    expect(await place.damage()).toBeNull()
  })
})
