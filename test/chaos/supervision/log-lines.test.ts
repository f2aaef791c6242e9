import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gunzipSync } from 'node:zlib'
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest'
import { migrateForTests } from '../../support/migrate.ts'
import { type Ground, prepareGround } from '../fleet/ground.ts'
import { buildMutant, type Guard } from '../fleet/mutant.ts'
import { eventually, pause } from '../fleet/processes.ts'
import { diceOf } from '../random.ts'
import { createTally } from '../tally.ts'
import { allRun, prepareFleet, untilWorkers } from './fleet.ts'

/*
 * A worker writes 10,000 lines a second while its log is cut off again and again and the daemon that does it is killed at
 * random: what lies in the parts and in the log itself is every line, once. `JRCTL_CHAOS_LOG_KILLS=50` for the large size.
 */

const kills = Number(process.env['JRCTL_CHAOS_LOG_KILLS'] ?? 6)
const seed = Number(process.env['JRCTL_CHAOS_SEED'] ?? Date.now() % 1_000_000)
const writer = fileURLToPath(new URL('log-writer.mjs', import.meta.url))
/** A part a second, about. */
const rotateSize = '512K'
const partsMin = 4

const tally = createTally()
let ground: Ground

beforeAll(async () => {
  ground = await prepareGround(tally)
  await migrateForTests(ground.server.url)
})

afterAll(() => ground.end())

/** One part of a log: which bytes of it, and what they are. */
interface Part {
  from: number
  end: number
  bytes: Buffer
}

/** By the range that a name tells; of a part that is there twice the compressed one counts. */
function partNames(folder: string, log: string): Map<string, string> {
  const names = readdirSync(folder)
    .filter((name) => name.startsWith(`${log}.`))
    .sort()
  return new Map(
    names.flatMap((name) => {
      const range = /\.(\d+-\d+)(\.gz)?$/.exec(name)?.[1]
      return range === undefined ? [] : [[range, name] as const]
    }),
  )
}

/** Read by the test's own eyes, when no daemon is there that could compress one under them. */
function partsOf(folder: string, log: string): Part[] {
  const parts = [...partNames(folder, log)].map(([range, name]) => {
    const [from = 0, end = 0] = range.split('-').map(Number)
    const bytes = readFileSync(join(folder, name))
    return { from, end, bytes: name.endsWith('.gz') ? gunzipSync(bytes) : bytes }
  })
  return parts.toSorted((a, b) => a.from - b.from)
}

/** What is wrong with the sequence of lines, in words: lost, doubled, out of order, or torn. */
function wrongsOf(numbers: readonly number[], written: number): string[] {
  const wrongs: string[] = []
  let expected = 1
  for (const number of numbers) {
    if (number !== expected) wrongs.push(`line ${number} where ${expected} should be`)
    expected = number + 1
  }
  if (expected !== written + 1) wrongs.push(`it ends with ${expected - 1} of ${written}`)
  return wrongs.slice(0, 10)
}

const numbersIn = (text: string): number[] =>
  text
    .split('\n')
    .slice(0, -1)
    .map((line) => (/^\d+ x{60}$/.test(line) ? Number.parseInt(line, 10) : Number.NaN))

interface Written {
  wrongs: string[]
  parts: number
  lines: number
}

/** Writes, rotates and kills; then stops the writer and reads all that there is. */
async function writeUnderFire(
  name: string,
  program: string,
  strikes: number,
  partsWanted: number,
): Promise<Written> {
  const told = join(ground.at.folder, `${name}-told`)
  const dice = diceOf(seed)
  const fleet = await prepareFleet(ground, {
    name,
    program,
    tables: `[logs]\nrotate_size = "${rotateSize}"\nkeep = 100\n`,
    workers: [{ name, command: [process.execPath, writer, told] }],
  })
  const logs = join(fleet.folder, 'state', 'logs')
  const log = `${name}.log`
  await fleet.launch()
  await untilWorkers(fleet, 'it writes', allRun(1))
  for (let strike = 0; strike < strikes; strike++) {
    await pause(300 + dice.integer(900))
    await fleet.kill()
    tally.fault('daemon killed while a worker writes')
    await fleet.launch()
    await untilWorkers(fleet, 'it is adopted', allRun(1))
  }
  await eventually(
    'enough parts',
    async () => partNames(logs, log).size,
    (count) => count >= partsWanted,
    20_000,
  )
  await fleet.api.call('commandWorker', { name, action: 'stop' })
  await fleet.stop()
  const parts = partsOf(logs, log)
  const live = readFileSync(join(logs, log)).subarray(parts.at(-1)?.end ?? 0)
  const text = Buffer.concat([...parts.map(({ bytes }) => bytes), live]).toString('latin1')
  const numbers = numbersIn(text)
  return {
    wrongs: wrongsOf(numbers, Number(readFileSync(told, 'utf8'))),
    parts: parts.length,
    lines: numbers.length,
  }
}

it(`10,000 lines a second through rotations and ${kills} kills of the daemon: 0 lost, 0 doubled`, async () => {
  onTestFinished(() => console.log(`seed ${seed}: JRCTL_CHAOS_SEED=${seed}\n${tally.table()}`))
  const { wrongs, parts, lines } = await writeUnderFire('writer', ground.at.program, kills, partsMin)
  tally.note('parts cut off', parts)
  tally.note('lines written', lines)
  expect(wrongs).toEqual([])
})

it('without its holes, cut off by truncating as others do, lines are missing', async () => {
  const guard: Guard = {
    name: 'holes',
    cuts: [{ text: 'await holes.punch(file,from,end)', off: 'await file.truncate(0)' }],
  }
  const program = await buildMutant(guard, ground.at.folder)
  expect((await writeUnderFire('truncated', program, 0, 1)).wrongs).not.toEqual([])
})
