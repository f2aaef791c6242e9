import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { jrctlPath } from '../support/jrctl.ts'
import { migrateForTests } from '../support/migrate.ts'
import { gather } from './evidence.ts'
import { type Ground, prepareGround } from './fleet/ground.ts'
import { startLoner } from './fleet/loner.ts'
import { buildMutant, type Guard } from './fleet/mutant.ts'
import { jrName, kill, type Node, startNode, type Surroundings } from './fleet/node.ts'
import { eventually, signal } from './fleet/processes.ts'
import { untilHeard } from './heard.ts'
import { violations } from './invariants.ts'
import { createTally } from './tally.ts'

/*
 * One and the same drill, run by the product as it is and by copies of it that lack one guard each: the sound one passes, the
 * others are found out. (controls.test.ts takes guards away from under the product; here it is the product that lacks them.)
 */

/** With it goes that the task must be at work still: either alone would refuse the sleeper, whose task was done meanwhile. */
const fence: Guard = {
  name: 'fence',
  cuts: [
    { text: 'a.fence = task.fence and ', off: '' },
    { text: ' and ${isWorkedOn("q")}', off: '' },
  ],
}
const dedupe: Guard = { name: 'dedupe', cuts: [{ text: 'dedupeKey:`task:', off: 'ignored:`task:' }] }
const rescue: Guard = {
  name: 'rescue',
  cuts: [
    {
      text: 'where a.ended_at is null and a.lease_expires_at < now()',
      off: 'where a.ended_at is null and a.lease_expires_at < now() and false',
    },
  ],
}

let ground: Ground

beforeAll(async () => {
  ground = await prepareGround(createTally())
  await migrateForTests(ground.server.url)
})

afterAll(() => ground.end())

it('the product as it is passes the drill', async () => {
  expect(await drill('sound', jrctlPath)).toEqual([])
})

it('without the fence in its completion it is found out', async () => {
  const mutant = await buildMutant(fence, ground.at.folder)
  const found: string[] = []
  // On a busy machine the sleeper may hear of its loss, by another guard, before it writes what its program answered meanwhile.
  for (let night = 1; night <= 3 && found.length === 0; night += 1)
    found.push(...(await drill(`fence-${night}`, mutant)))
  expect(found).toContainEqual(
    expect.stringMatching(/^I3 the result of task \d+ is of attempt \d+, the accepted completion of \d+/),
  )
})

it('without the dedupe key in its ledger it is found out', async () => {
  expect(await drill('dedupe', await buildMutant(dedupe, ground.at.folder))).toContainEqual(
    expect.stringMatching(/^I4 the ledger of dedupe tells \S+ 2 times/),
  )
})

it('without the rescue of expired leases it is found out', async () => {
  const mutant = await buildMutant(rescue, ground.at.folder)
  await expect(drill('rescue', mutant)).rejects.toThrow(/a stopped worker's task is taken over: not within/)
})

/** A daemon dies between ledger and cursor; a worker sleeps past its leases and wakes while others do its tasks. */
async function drill(name: string, program: string): Promise<string[]> {
  const at: Surroundings = { ...ground.at, program }
  const folder = join(at.folder, `loner-${name}`)
  await mkdir(folder)
  const node = await startNode(name, at, { instances: 1 })
  try {
    const first = await add(6, 'ok 02')
    await dieBetweenLedgerAndCursor(node)
    await sleepPastTheLease(node, at)
    await eventually(
      'all is done',
      () => unfinished(first),
      (count) => count === 0,
      40_000,
    )
    const from = {
      server: ground.server,
      nodes: [node],
      effectsFile: at.effectsFile,
      accepted: [],
      fromTask: first,
    }
    const evidence = await untilHeard(() => gather(from), ground)
    return violations(evidence).map(({ invariant, text }) => `${invariant} ${text}`)
  } finally {
    await node.stop()
    await ground.server.tell(`update jr_work_queue set status = 'cancelled' where status <> 'completed'`)
  }
}

async function dieBetweenLedgerAndCursor(node: Node): Promise<void> {
  const hits = (): number => ground.at.tally.points().get('daemon: events.cursor.begun') ?? 0
  const before = hits()
  node.arm('events.cursor.begun:3')
  kill(node.daemon().pid)
  await eventually(
    'a daemon dies between ledger and cursor',
    async () => hits() > before || (await add(2, 'ok 02'), false),
    (hit) => hit,
    30_000,
  )
}

async function sleepPastTheLease(node: Node, at: Surroundings): Promise<void> {
  // A streaming one: what its program answered in the meantime is written the moment it wakes, before it hears of its loss.
  const loner = await startLoner(`sleeper-${node.name}`, node.folder, at, 'stream', () => null)
  try {
    const first = await add(10, 'ok 90')
    const asleep = await eventually(
      'it has work',
      () => heldBy(`sleeper-${node.name}`, first),
      (ids) => ids.length > 0,
      20_000,
    )
    signal(loner.program().pid, 'SIGSTOP')
    await eventually(
      `a stopped worker's task is taken over`,
      () => takenOver(asleep),
      (count) => count > 0,
      8_000,
    )
    signal(loner.program().pid, 'SIGCONT')
    await eventually(
      'all is done',
      () => unfinished(first),
      (count) => count === 0,
      40_000,
    )
  } finally {
    signal(loner.program().pid, 'SIGCONT')
    await loner.stop()
  }
}

/** @returns the first id */
async function add(count: number, title: string): Promise<number> {
  const [id] = await ground.queue.add(
    Array.from({ length: count }, () => ({ title, assignedJr: jrName, maxAttempts: 9 })),
    'drill',
  )
  return Number(id)
}

async function heldBy(node: string, fromTask: number): Promise<number[]> {
  const rows = await ground.server.ask<{ id: number }>(
    `select task_id::int as id from jr_attempts where node_id = $1 and task_id >= $2 and ended_at is null`,
    [node, fromTask],
  )
  return rows.map(({ id }) => id)
}

/** Tasks that a second attempt is at work on. */
async function takenOver(ids: readonly number[]): Promise<number> {
  const rows = await ground.server.ask(
    `select task_id from jr_attempts where task_id = any ($1) and attempt > 1 and ended_at is null`,
    [ids],
  )
  return rows.length
}

async function unfinished(fromTask: number): Promise<number> {
  const rows = await ground.server.ask(
    `select id from jr_work_queue where id >= $1 and status not in ('completed', 'failed', 'cancelled')`,
    [fromTask],
  )
  return rows.length
}
