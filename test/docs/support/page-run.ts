import { symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { problemsOf } from '../../config/fixture.ts'
import { type Block, type Page, projectDir } from './page.ts'
import { openHome, type PageHome } from './page-home.ts'
import { type Script, startScript } from './script.ts'
import { missingLine } from './shape.ts'

/** Tries of what has to become true, a tenth of a second apart. */
const onceTries = 400

/** `<!-- stays: at once -->`: it says nothing until something happens. */
const silent = 'at once'

/** A page being carried out, block by block, in the page's order. */
export interface PageRun {
  /** @throws what is not as the page says */
  run(block: Block): Promise<void>
  end(): Promise<void>
}

/** @param guest a home that goes on when the page is over; null: the page has one of its own */
export async function openPage(page: Pick<Page, 'setting'>, guest: PageHome | null = null): Promise<PageRun> {
  const home = guest ?? (await openHome(page))
  // The project's folder, as somebody has it who has just cloned it.
  if (page.setting === 'alone') await symlink(join(projectDir, 'bin'), join(home.cwd, 'bin'))
  const staying: Script[] = []
  return {
    async run(block) {
      await prepare({ home, block, staying })
      await keepFile(home, block)
      const { language } = block
      if (!Object.hasOwn(languages, language))
        throw new Error(
          `no example is written in ${JSON.stringify(language)}; there are: ${Object.keys(languages).join(', ')}`,
        )
      await languages[language as keyof typeof languages]({ home, block, staying })
      for (const text of block.marks.heard) await Promise.any(staying.map((script) => script.until(text)))
    },
    async end() {
      await endAll(staying)
      if (guest === null) await home.end()
    },
  }
}

interface Context {
  home: PageHome
  block: Block
  staying: Script[]
}

const languages = {
  sh: runScript,
  console: runConsole,
  toml: checkToml,
  sql: runSql,
  json: async ({ block }: Context) => void JSON.parse(block.text),
  // Written to a file that a later example runs.
  python: needsFile,
  ts: needsFile,
  jsonl: needsFile,
  csv: needsFile,
  // Pictures.
  text: async () => {},
}

async function prepare({ home, block, staying }: Context): Promise<void> {
  for (const { kind, text } of block.marks.before) {
    if (kind === 'sh') await runToEnd(home, text, 0)
    else if (kind === 'sql') await home.sql.query(text)
    else if (kind === 'once') await becomesTrue(home, text)
    else await endAll(staying)
  }
}

/** As by Ctrl-C. */
async function endAll(staying: Script[]): Promise<void> {
  for (const script of staying.splice(0).toReversed()) await script.end('SIGINT')
}

async function runSql({ home, block: { text, marks } }: Context): Promise<void> {
  if (marks.role === null) await home.sql.query(text)
  else await home.makeRole(marks.role, text)
}

async function becomesTrue({ sql, place }: PageHome, question: string): Promise<void> {
  for (let tries = 0; tries < onceTries; tries += 1) {
    const { rows } = await sql.query<unknown[]>({ text: question, rowMode: 'array' })
    if (rows[0]?.[0] === true) return
    await sql.query('select pg_sleep(0.1)')
  }
  throw new Error(`never became true in ${place.dir}: ${question}`)
}

async function keepFile(home: PageHome, { marks, text }: Block): Promise<void> {
  if (marks.file !== null) await writeFile(join(home.cwd, marks.file), home.standIn(`${text}\n`))
}

async function needsFile({ block }: Context): Promise<void> {
  if (block.marks.file === null)
    throw new Error(`say by <!-- file: NAME --> which file this is, and run it in a later block`)
}

async function checkToml({ block }: Context): Promise<void> {
  const problems = await problemsOf(block.text)
  if (problems.length > 0) throw new Error(problems.join('\n'))
}

async function runScript({ home, block, staying }: Context): Promise<void> {
  const { marks } = block
  // It is run by what stands below.
  if (marks.file !== null) return
  const text = home.standIn(marks.as ?? block.text)
  if (marks.until === null && marks.stays === null)
    return expectSaid(await runToEnd(home, text, marks.exits), marks.contains)
  const script = startScript(text, home.place, home.cwd)
  await script.until(marks.until ?? (marks.stays === silent ? '' : (marks.stays ?? '')))
  expectSaid(script.said(), marks.contains)
  if (marks.until === null) staying.push(script)
  else await script.end('SIGINT')
}

/** Commands after `$ `, each with what it says below it. */
async function runConsole({ home, block }: Context): Promise<void> {
  const sessions = block.text.split(/^\$ /m).slice(1)
  for (const [index, session] of sessions.entries()) {
    const [command = '', ...shown] = session.split('\n')
    const isLast = index === sessions.length - 1
    const said = await runToEnd(home, home.standIn(command), isLast ? block.marks.exits : 0)
    const missing = missingLine(home.standIn(shown.join('\n')), said)
    if (missing !== null) throw new Error(`$ ${command}\ndid not say: ${missing}\nbut:\n${said}`)
    if (isLast) expectSaid(said, block.marks.contains)
  }
}

async function runToEnd({ place, cwd }: PageHome, text: string, exits: number): Promise<string> {
  const script = startScript(text, place, cwd)
  const code = await script.end()
  if (code !== exits)
    throw new Error(`${text}\nended with ${code} instead of ${exits}, saying:\n${script.said()}`)
  return script.said()
}

function expectSaid(said: string, texts: readonly string[]): void {
  for (const text of texts)
    if (!said.includes(text)) throw new Error(`it did not say ${JSON.stringify(text)}, but:\n${said}`)
}
