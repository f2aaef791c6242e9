import { spawnSync } from 'node:child_process'
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest'
import { migrateForTests } from '../../support/migrate.ts'
import { type Ground, prepareGround } from '../fleet/ground.ts'
import { buildMutant, type Guard } from '../fleet/mutant.ts'
import { pause } from '../fleet/processes.ts'
import { type Dice, deckOf, diceOf } from '../random.ts'
import { createTally, type Tally } from '../tally.ts'
import { type BusyFleet, prepareBusyFleet } from './busy-fleet.ts'
import { untilWorkers } from './fleet.ts'

/*
 * kill -9 of the real daemon at random moments, with workers that are always at work: none may die, none be doubled, all are
 * adopted at once, and how those ended that ended meanwhile is known. `JRCTL_CHAOS_KILLS=100` for the large size.
 */

const kills = Number(process.env['JRCTL_CHAOS_KILLS'] ?? 15)
const workers = Number(process.env['JRCTL_CHAOS_WORKERS'] ?? 50)
const seed = Number(process.env['JRCTL_CHAOS_SEED'] ?? Date.now() % 1_000_000)
/**
 * From the launch of the next daemon to the last of its workers adopted: far less than the lease after which others would take their work.
 * What is printed tells how long it really takes, alone on a machine about a second.
 */
const adoptedWithinMs = 5_000
/** What a bare Node takes to start and end where nothing else runs. A machine that is slower at it is slower at all. */
const bareNodeMs = 60
/** Workers that a strike has end or kills. */
const victimsMax = 5

const tally = createTally()
let ground: Ground

beforeAll(async () => {
  ground = await prepareGround(tally)
  await migrateForTests(ground.server.url)
})

afterAll(() => ground.end())

/** A kill of the daemon at another moment of its life. The last daemon is dead when it settles. */
type Strike = (fleet: BusyFleet, dice: Dice) => Promise<void>

const strikes: Record<string, Strike> = {
  'at work': async (fleet, dice) => {
    await pause(dice.integer(200))
    await fleet.kill()
  },
  'while it adopts': async (fleet, dice) => {
    await fleet.kill()
    await fleet.launch()
    await pause(dice.integer(800))
    await fleet.kill()
  },
  'while it restarts killed workers': async (fleet, dice) => {
    for (const name of victims(fleet, dice)) fleet.killWorker(name)
    await pause(dice.integer(120))
    await fleet.kill()
  },
  'and workers end unseen': async (fleet, dice) => {
    await fleet.kill()
    await fleet.endUnseen(new Map(victims(fleet, dice).map((name) => [name, 1 + dice.integer(100)])))
  },
}

const victims = (fleet: BusyFleet, dice: Dice): string[] =>
  dice.shuffled(fleet.names).slice(0, 1 + dice.integer(victimsMax))

/** How many times as slow as usual the machine is now, being busy with others; 1 when it is not. */
function slowness(): number {
  const startMs = performance.now()
  spawnSync(process.execPath, ['-e', '0'])
  return Math.max(1, (performance.now() - startMs) / bareNodeMs)
}

/** The limit is what holds on a machine of one's own, times how slow this one was before and after. */
interface Took {
  ms: number
  limitMs: number
}

/** Of the very processes that were alive at the launch. */
async function adoption(fleet: BusyFleet): Promise<Took> {
  const slow = slowness()
  const marks = fleet.alive().map(({ environment }) => environment.get('JRCTL_MARK') ?? '')
  const startMs = performance.now()
  await fleet.launch()
  await untilWorkers(fleet, 'the living are adopted', (views) => {
    const adopted = new Set(views.flatMap((view) => (view.adopted ? [String(view.instanceId)] : [])))
    return marks.every((mark) => adopted.has(mark))
  })
  const ms = performance.now() - startMs
  return { ms, limitMs: adoptedWithinMs * Math.max(slow, slowness()) }
}

it(
  `${kills} kills of the daemon cost none of ${workers} workers its life, and double none`,
  { timeout: 60_000 + kills * 15_000 },
  async () => {
    const dice = diceOf(seed)
    const took: Took[] = []
    onTestFinished(() => console.log(reportOf(tally, took)))
    const fleet = await prepareBusyFleet(ground, { name: 'kills', count: workers })

    await fleet.launch()
    await pause(dice.integer(900))
    await fleet.kill()
    tally.fault('daemon killed while it starts them all')
    await fleet.launch()
    expect(await fleet.wrongs()).toEqual([])

    const draw = deckOf(Object.entries(strikes), dice)
    while (tally.faults() < kills) {
      const [name, strike] = draw()
      await strike(fleet, dice)
      tally.fault(`daemon killed ${name}`)
      took.push(await adoption(fleet))
      expect(await fleet.wrongs(), `daemon killed ${name}`).toEqual([])
    }
    expect(await fleet.stop()).toBe(0)
    expect(fleet.alive()).toEqual([])
    expect(took.filter(({ ms, limitMs }) => ms > limitMs)).toEqual([])
  },
)

function reportOf(of: Tally, took: readonly Took[]): string {
  const sorted = took.map(({ ms }) => Math.round(ms)).sort((a, b) => a - b)
  const told = `adopted within ${sorted[sorted.length >> 1]} ms (median), ${sorted.at(-1)} ms (longest)`
  return `seed ${seed}: JRCTL_CHAOS_SEED=${seed}\n${of.table()}\n${told}`
}

/*
 * Controls: one and the same drill by the product as it is, and by copies that lack one guard each. A daemon dies right after
 * a spawn, before it can write down what it has started; the next one is killed at work; meanwhile one worker ends unseen.
 */

const guards: Guard[] = [
  {
    name: 'search-for-intended-starts',
    cuts: [{ text: 'stored.state==="starting"?await host.find(stored.instanceId):null', off: 'null' }],
  },
  {
    name: 'adoption-of-the-living',
    cuts: [{ text: 'if(!this.#isProven(identity))', off: 'if(!0)' }],
  },
]

/** A start too many stays one: nothing of what a mutant does wrong is put right by waiting. */
const briefMs = 1_000

async function drill(name: string, program: string, patienceMs?: number): Promise<string[]> {
  const fleet = await prepareBusyFleet(ground, { name, program, count: 4 })
  try {
    const first = await fleet.launch('spawn.answered:3')
    await first.exited
    await fleet.launch()
    const wrongs = await fleet.wrongs(patienceMs)
    await fleet.kill()
    await fleet.endUnseen(new Map([['busy-2', 7]]))
    await fleet.launch()
    return [...wrongs, ...(await fleet.wrongs(patienceMs))]
  } finally {
    await fleet.stop()
  }
}

it('the product as it is passes the drill', async () => {
  expect(await drill('sound', ground.at.program)).toEqual([])
})

it.each(guards)('without $name it is found out', async (guard) => {
  const program = await buildMutant(guard, ground.at.folder)
  expect(await drill(guard.name, program, briefMs)).toContainEqual(
    expect.stringMatching(/was begun \d+ times instead of|runs \d+ times/),
  )
})

it('without the file that the shim leaves, how a worker ended is not known', async () => {
  const guard: Guard = {
    name: 'exit-files',
    cuts: [{ text: `printf '%s\\\\n' "$1" >"$0"`, off: ':' }],
  }
  expect(await drill(guard.name, await buildMutant(guard, ground.at.folder), briefMs)).toContainEqual(
    expect.stringMatching(/ended last: exited with code 7; the daemon says/),
  )
})
