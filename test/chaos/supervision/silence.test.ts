import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest'
import type { WorkerView } from '../../../src/domain/worker.ts'
import { migrateForTests } from '../../support/migrate.ts'
import { type Ground, prepareGround } from '../fleet/ground.ts'
import { buildMutant, type Guard } from '../fleet/mutant.ts'
import { eventually, pause, signal } from '../fleet/processes.ts'
import { createTally } from '../tally.ts'
import { type Fleet, allRun, prepareFleet, untilWorkers } from './fleet.ts'

/*
 * Heartbeats that cannot be heard prove nothing: neither an outage of the database nor a stall of the daemon itself may cost a
 * worker its life. The build under test is the product with a heartbeat two hundred times as fast; the test beats for the
 * workers, so that it can beat when it wants.
 */

const timeoutMs = 1_500
const beatMs = 100
/** An outage or a stall lasts for so many timeouts, eight heartbeats at the product's own pace. */
const timeouts = 2

const hastened: Guard = {
  name: 'slow-heartbeats',
  cuts: [
    { text: '"120s",["31s","1d"]', off: '"120s",["100ms","1d"]' },
    { text: 'name:"looking at heartbeats",everyMs:', off: 'name:"looking at heartbeats",everyMs:50||' },
    { text: 'Math.max(spec.minGapMs,', off: 'Math.max(50,' },
  ],
}
/** What came before a break of the looking counts as silence. */
const credulous: Guard = {
  name: 'doubt',
  cuts: [...hastened.cuts, { text: 'Math.min(silentMs,evidence.observedMs)>', off: 'silentMs>' }],
}

const tally = createTally()
let ground: Ground

beforeAll(async () => {
  ground = await prepareGround(tally)
  await migrateForTests(ground.server.url)
})

afterAll(() => ground.end())

/** Beats for workers that know nothing but the legacy SQL. */
interface Heart {
  beat(names: readonly string[]): void
  /** Settles when so many more rounds of beats have been written, by default the one that is under way and the next. */
  beaten(times?: number): Promise<void>
  stop(): Promise<void>
}

function startHeart(): Heart {
  let beating: readonly string[] = []
  const over = new AbortController()
  let beats = 0
  const loop = (async () => {
    while (!over.signal.aborted) {
      for (const name of beating)
        await ground.server.tell(
          `insert into jr_status (jr_name, is_online, last_seen) values ($1, true, now())
           on conflict (jr_name) do update set last_seen = now()`,
          [name],
        )
      beats += 1
      await pause(beatMs)
    }
  })()
  return {
    beat(names) {
      beating = names
    },
    async beaten(times = 2) {
      const before = beats
      await eventually(
        'it beats',
        async () => beats,
        (now) => now >= before + times,
        30_000,
      )
    },
    async stop() {
      over.abort()
      await loop
    },
  }
}

interface Quiet {
  fleet: Fleet
  heart: Heart
  names: string[]
  /** Restarts of all together, once the daemon answers again. */
  deaths(): Promise<number>
}

async function startQuiet(name: string, program: string): Promise<Quiet> {
  const names = [1, 2, 3].map((number) => `${name}-${number}`)
  const fleet = await prepareFleet(ground, {
    name,
    program,
    supervisor: `heartbeat_timeout = "${timeoutMs}ms"`,
    workers: names.map((worker) => ({ name: worker, command: ['sleep', '86400'] })),
  })
  const heart = startHeart()
  onTestFinished(async () => {
    await heart.stop()
    await fleet.stop()
  })
  await fleet.launch()
  await untilWorkers(fleet, 'all run', allRun(names.length))
  heart.beat(names)
  await untilWorkers(fleet, 'all are heard', heardAll)
  return {
    fleet,
    heart,
    names,
    async deaths() {
      // Time enough to judge a silence that began before the break.
      await heart.beaten(timeoutMs / beatMs)
      await untilWorkers(fleet, 'all are heard again', heardAll)
      return (await fleet.views()).reduce((all, { restarts }) => all + restarts, 0)
    },
  }
}

const heardAll = (views: readonly WorkerView[]): boolean =>
  views.length > 0 &&
  views.every(({ heartbeatAgeMs }) => heartbeatAgeMs !== null && heartbeatAgeMs < timeoutMs)

/** Nobody beats and nobody hears, for as long as the fault lasts; then all beat again. */
async function silence({ heart, names }: Quiet, begin: () => void, end: () => void): Promise<void> {
  heart.beat([])
  await heart.beaten()
  begin()
  await pause(timeouts * timeoutMs)
  end()
  // The daemon may look before anybody has had the time to beat.
  await pause(timeoutMs / 3)
  heart.beat(names)
}

async function outage(quiet: Quiet): Promise<void> {
  tally.fault('database a black hole')
  await silence(
    quiet,
    () => ground.proxy.blackHole(),
    () => ground.proxy.heal(),
  )
}

async function stall(quiet: Quiet): Promise<void> {
  tally.fault('daemon stopped (SIGSTOP)')
  const { pid } = quiet.fleet.daemon()
  await silence(
    quiet,
    () => signal(pid, 'SIGSTOP'),
    () => signal(pid, 'SIGCONT'),
  )
}

it('an outage and a stall kill nobody; a silence that was listened to does', async () => {
  onTestFinished(() => console.log(tally.table()))
  const quiet = await startQuiet('quiet', await buildMutant(hastened, ground.at.folder))
  await outage(quiet)
  expect(await quiet.deaths(), 'after an outage').toBe(0)
  await stall(quiet)
  expect(await quiet.deaths(), 'after a stall').toBe(0)

  const [mute = '', ...others] = quiet.names
  quiet.heart.beat(others)
  await untilWorkers(quiet.fleet, `${mute} is restarted`, (views) =>
    views.some(({ name, restarts }) => name === mute && restarts > 0),
  )
  quiet.heart.beat(quiet.names)
  expect(await quiet.deaths()).toBe(1)
})

it.each([
  { fault: 'an outage', strike: outage },
  { fault: 'a stall', strike: stall },
])('one that believes in a silence through $fault is found out', async ({ fault, strike }) => {
  const name = `credulous-${fault.split(' ')[1]}`
  const quiet = await startQuiet(name, await buildMutant({ ...credulous, name }, ground.at.folder))
  await strike(quiet)
  expect(await quiet.deaths()).toBeGreaterThan(0)
})
