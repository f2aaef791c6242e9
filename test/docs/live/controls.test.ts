import { afterAll, beforeAll, expect, it } from 'vitest'
import { parsePage } from '../support/page.ts'
import { openPage, type PageRun } from '../support/page-run.ts'

/** What the tests of the pages must find: each example here is wrong in its own way. */
let run: PageRun
beforeAll(async () => {
  run = await openPage({ setting: 'alone' })
})
afterAll(() => run.end())

const block = (text: string) => {
  const [first] = parsePage('broken.md', text).blocks
  if (first === undefined) throw new Error('no block')
  return first
}
const fenced = (language: string, text: string) => `\`\`\`${language}\n${text}\n\`\`\``

it.each([
  ['a command that fails', fenced('sh', 'jrctl --no-such-option'), 'ended with 2 instead of 0'],
  [
    'one that fails otherwise than is said',
    `<!-- exits: 3 -->\n${fenced('sh', 'jrctl tasks frobnicate')}`,
    'instead of 3',
  ],
  ['a first command that fails', fenced('sh', 'false\ntrue'), 'ended with 1'],
  [
    'what is not said',
    `<!-- output contains: seventeen -->\n${fenced('sh', 'jrctl --version')}`,
    'did not say "seventeen"',
  ],
  ['another output', fenced('console', '$ echo 17 of 3 tasks\n17 tasks'), 'did not say: 17 tasks'],
  ['an unknown key', fenced('toml', '[queue]\npol_interval = "3s"'), 'poll_interval'],
  ['wrong SQL', fenced('sql', 'select * from jr_no_such_table'), 'does not exist'],
  ['half a JSON', fenced('json', '{"a": 1'), 'JSON'],
  ['an unknown language', fenced('perl', 'die'), 'no example is written in "perl"'],
  ['a program that nobody runs', fenced('python', 'print(1)'), '<!-- file: NAME -->'],
])('finds %s', async (_, text, message) => {
  await expect(run.run(block(text))).rejects.toThrow(message)
})

it('lets right ones pass', async () => {
  await run.run(block(fenced('console', '$ echo 17 of 3 tasks\n4 of 12 tasks')))
  await run.run(block(`<!-- exits: 2 -->\n${fenced('sh', 'jrctl tasks frobnicate')}`))
})
