import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { taskId } from '../../src/domain/ids.ts'
import { jrctl, type Place } from '../support/jrctl.ts'
import { type Evidence, gather } from './evidence.ts'
import { daemonPoints, stillWeathers, strikes, type Target, weathers, pointsOf } from './faults.ts'
import type { Ground } from './fleet/ground.ts'
import { startLoner } from './fleet/loner.ts'
import { environmentOf, kill, pointName, startNode } from './fleet/node.ts'
import { eventually, pause } from './fleet/processes.ts'
import { untilHeard } from './heard.ts'
import { violations, type Violation } from './invariants.ts'
import { deckOf, type Dice } from './random.ts'
import type { Tally } from './tally.ts'

/** Two nodes with supervised workers and two workers on their own, at work on one database while it rains. */
export interface Campaign {
  /** Kills daemons and workers at every named point, once at least, with work under way; then settles. */
  everyPoint(): Promise<void>
  /** Rounds until there were so many faults and every weather: work comes in, weather and strikes, then all is settled and checked. */
  run(faults: number): Promise<void>
  /** What must not be, of all tasks so far. */
  check(): Promise<Violation[]>
  /** Waits until every task is finished and every ledger has heard of it. */
  settle(): Promise<void>
  target: Target
  stop(): Promise<void>
}

const jumpingClock = pathToFileURL(join(import.meta.dirname, 'fleet/jumping-clock.mjs')).href
/** Between two strikes of a round. */
const strikeEveryMs = 220
const settleWithinMs = 40_000
const patienceMs = 40_000
/** Until one of a daemon's workers dies again: it has to have come back before. */
const deathsEveryMs = 1_500
const tasksARound = 24
/** One fault shows in many tasks. */
const shownMax = 25

/** @param dice what is struck when; the schema must be there */
export async function startCampaign(ground: Ground, dice: Dice, tally: Tally): Promise<Campaign> {
  const { at, server, queue } = ground
  const preload = { NODE_OPTIONS: `--import=${jumpingClock}`, JRCTL_TEST_CLOCK_FILE: ground.clockFile }
  const accepted: number[] = []
  let settling = false
  const nodes = await Promise.all([
    startNode('north', at, { instances: 2, env: preload }),
    startNode('south', at, { instances: 1, style: 'stream', env: preload }),
  ] as const)
  const [north] = nodes
  const loners = await Promise.all(
    (['exec', 'stream'] as const).map((style) => {
      const nextPoint = deckOf(pointsOf[style], dice)
      return startLoner(`loner-${style}`, north.folder, at, style, () => (settling ? null : nextPoint()))
    }),
  )
  const target: Target = { ...ground, nodes, loners, dice, tally }
  const dealStrike = deckOf(strikes, dice)
  const allWeathers = [...weathers, ...stillWeathers]
  const dealWeather = deckOf(allWeathers, dice)
  const dealPoint = deckOf(daemonPoints, dice)

  async function addWork(count: number): Promise<void> {
    const titles = Array.from({ length: count }, () => titleOf(dice))
    try {
      const ids = await queue.add(
        titles.map((title) => ({ title, createdBy: 'chaos', maxAttempts: title.startsWith('ok') ? 6 : 2 })),
        'chaos',
      )
      accepted.push(...ids)
      tally.note('tasks accepted', ids.length)
    } catch {
      tally.note('insertions refused (nothing was promised)', count)
    }
  }

  /** What operators do meanwhile. Refusals and outages are answers. */
  async function interfere(): Promise<void> {
    const id = accepted[Math.max(0, accepted.length - 1 - dice.integer(tasksARound * 2))]
    if (id === undefined) return
    const replay = dice.integer(3) > 0
    const verdict = await (
      replay ? queue.retry(taskId(id), 'chaos') : queue.cancel(taskId(id), 'chaos', 'chance')
    ).catch(() => null)
    if (verdict?.kind === 'done') tally.note(replay ? 'tasks replayed' : 'tasks cancelled')
  }

  async function storm(isOver: () => boolean): Promise<void> {
    while (!isOver()) {
      await pause(strikeEveryMs)
      const [kind, strike] = dealStrike()
      if (await strike(target)) tally.fault(kind)
      await interfere()
    }
  }

  async function everyPoint(): Promise<void> {
    const wanted = (['exec', 'stream'] as const).flatMap((style) =>
      pointsOf[style].map((point) => pointName(style, point)),
    )
    const missing = (): string[] => wanted.filter((name) => !tally.points().has(name))
    let daemonsDone = false
    const daemons = dieAtEach(daemonPoints).finally(() => (daemonsDone = true))
    await Promise.all([daemons, feed(() => daemonsDone && missing().length === 0)])
    await settle()
  }

  async function dieAtEach(points: readonly string[]): Promise<void> {
    for (const point of points) {
      const [node] = nodes
      const before = node.daemon().pid
      node.arm(point)
      kill(before)
      await eventually(
        'the next daemon',
        async () => node.daemon().pid,
        (pid) => pid !== before,
        patienceMs,
      )
      const name = pointName('daemon', point)
      const deadline = performance.now() + patienceMs
      while (!tally.points().has(name)) {
        if (performance.now() > deadline) throw new Error(`no daemon died at ${point}`)
        // Deaths for it to see, leases to return, workers to start.
        for (const worker of await node.workers()) kill(worker)
        await Promise.race([node.daemon().exited, pause(deathsEveryMs)])
        await pause(20)
      }
    }
  }

  /** Work of every kind, so that every point is come by. */
  async function feed(isEnough: () => boolean): Promise<void> {
    const deadline = performance.now() + patienceMs * daemonPoints.length
    while (!isEnough()) {
      if (performance.now() > deadline) throw new Error(`points not hit; so far:\n${tally.table()}`)
      const waiting = await server.ask(
        `select id from jr_work_queue where status in ('assigned', 'pending', 'retry')`,
      )
      if (waiting.length < 8) await addWork(8)
      await pause(100)
    }
  }

  async function round(): Promise<void> {
    settling = false
    await addWork(tasksARound)
    for (const node of nodes) node.arm(dealPoint())
    const [kind, weather] = dealWeather()
    let over = stillWeathers.some(([still]) => still === kind)
    const lasting = weather(target).finally(() => (over = true))
    await Promise.all([lasting, storm(() => over), addWork(tasksARound / 4)])
    if (kind !== 'calm') tally.fault(kind)
    await settle()
  }

  async function settle(): Promise<void> {
    settling = true
    ground.proxy.heal()
    for (const node of nodes) node.disarm()
    await eventually(
      'the queue is at rest',
      () =>
        server.ask<{ id: number; status: string }>(
          `select id::int as id, status from jr_work_queue where status not in ('completed', 'failed', 'cancelled') order by id`,
        ),
      (rows) => rows.length === 0,
      settleWithinMs,
    )
    await untilHeard(() => evidence(recentTask()), ground)
  }

  const evidence = (fromTask: number) =>
    gather({ server, nodes, effectsFile: at.effectsFile, accepted, fromTask })
  /** The tasks of the last rounds: older ones are finished, and checked again at the end. */
  const recentTask = (): number => accepted.at(-tasksARound * 4) ?? 0

  return {
    target,
    settle,
    everyPoint,
    async run(faults) {
      for (let rounds = 0; rounds < allWeathers.length || tally.faults() < faults; rounds++) {
        await round()
        const found = violations(await evidence(recentTask()))
        if (found.length > 0) throw new Error(`after round ${rounds + 1}:\n${describe(found)}`)
      }
      tally.note('attempts that worked on after their lease was lost', overdue(await evidence(0)))
      tally.note('answers lost after a commit', ground.proxy.counts.repliesLost)
    },
    check: async () => violations(await evidence(0)),
    async stop() {
      settling = true
      await Promise.all([...loners.map((loner) => loner.stop()), ...nodes.map((node) => node.stop())])
    },
  }
}

/** Their handlers came to the end, their workers' word came too late, and others did the tasks. */
function overdue({ attempts, effects }: Evidence): number {
  const finished = new Set(effects.filter(({ step }) => step === 'end').map(({ keyHash }) => keyHash))
  return attempts.filter(({ outcome, keyHash }) => outcome === 'expired' && finished.has(keyHash)).length
}

export function describe(found: readonly Violation[]): string {
  const lines = found.slice(0, shownMax).map(({ invariant, text }) => `${invariant} ${text}`)
  return [...lines, ...(found.length > shownMax ? [`and ${found.length - shownMax} more`] : [])].join('\n')
}

function titleOf(dice: Dice): string {
  const kind = dice.integer(12)
  const hundredths = String(1 + dice.integer(12)).padStart(2, '0')
  if (kind === 0) return `fail ${hundredths}`
  if (kind === 1) return `ask ${hundredths}`
  if (kind === 2) return `final ${hundredths}`
  if (kind === 3) return `die ${hundredths}`
  return kind < 6 ? 'ok 60' : `ok ${hundredths}`
}

/** Migrates an empty database, killed at one statement after another, until it goes through. */
export async function migrateUnderFire(
  ground: Ground,
  steps: readonly string[],
  tally: Tally,
): Promise<void> {
  const place: Place = {
    dir: ground.at.folder,
    env: { ...environmentOf(ground.at, ground.at.folder), DATABASE_URL: ground.at.databaseUrl },
    remove: async () => {},
  }
  for (const point of steps) {
    const { code } = await jrctl({ ...place, env: { ...place.env, JRCTL_TEST_DIE_AT: point } }, ['migrate'])
    if (code === null) tally.point(`migrate: ${point}`)
  }
  const last = await jrctl(place, ['migrate'])
  if (last.code !== 0) throw new Error(`the migration does not go through after crashes: ${last.stderr}`)
}
