import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest'
import { migrateForTests } from '../../support/migrate.ts'
import { type Ground, prepareGround } from '../fleet/ground.ts'
import { buildMutant, type Guard } from '../fleet/mutant.ts'
import { eventually, signal } from '../fleet/processes.ts'
import { createTally } from '../tally.ts'
import { bearersOf, census, type Citizen, look } from './census.ts'
import { type Fleet, allRun, prepareFleet, untilWorkers } from './fleet.ts'

/* Trees of every kind are stopped, half of them by a command, half by the daemon's shutdown: nothing of them is left. */

const trees = Number(process.env['JRCTL_CHAOS_TREES'] ?? 50)
const kinds = ['grandchildren', 'double-fork', 'ignores-term', 'setsid', 'strangers', 'nameless'] as const
const script = fileURLToPath(new URL('tree-worker.sh', import.meta.url))
/** Whoever has been told that a tree is gone looks for it no longer than this. */
const goneMs = 500

const tally = createTally()
let ground: Ground
let runs = 0

beforeAll(async () => {
  ground = await prepareGround(tally)
  await migrateForTests(ground.server.url)
})

afterAll(async () => {
  console.log(tally.table())
  await ground.end()
})

interface Forest {
  fleet: Fleet
  names: string[]
  /** Everybody who belongs to a tree, shims included. */
  people(): Citizen[]
}

/** A fleet whose trees all stand. */
async function plant(
  name: string,
  program: string,
  kindOf: (index: number) => string,
  count: number,
): Promise<Forest> {
  // Of use as a duration of sleep too, and nobody else's word.
  const mark = `86${Date.now() % 1_000_000}.${(runs += 1)}`
  const standing = join(ground.at.folder, `${name}-standing`)
  writeFileSync(standing, '')
  const names = Array.from({ length: count }, (_, index) => `${kindOf(index)}-${index}`)
  const workers = names.map((worker, index) => ({
    name: worker,
    command: ['sh', script, kindOf(index), mark, standing],
  }))
  const fleet = await prepareFleet(ground, { name, program, workers })
  const people = (): Citizen[] => bearersOf(mark)
  onTestFinished(() => people().forEach(({ pid }) => signal(pid, 'SIGKILL')))
  await fleet.launch()
  await untilWorkers(fleet, 'all trees stand', allRun(count))
  const told = (): number => readFileSync(standing, 'utf8').split('\n').length - 1
  await eventually(
    'all families stand',
    async () => told(),
    (lines) => lines === count,
    20_000,
  )
  return { fleet, names, people }
}

/** Who of these is there still after a while, alive or as a zombie. What waits for init to bury it is nobody's fault here. */
async function leftOf(people: readonly Citizen[], withinMs: number): Promise<string[]> {
  const left = (): string[] =>
    people.flatMap((one) => {
      const now = look(one.pid)
      if (now === null || now.startTime !== one.startTime || (now.zombie && now.ppid === 1)) return []
      const state = now.zombie ? `a zombie of pid ${now.ppid}` : `alive, child of pid ${now.ppid}`
      return [`pid ${one.pid}, ${state}: ${one.command.join(' ').slice(-120)}`]
    })
  return await eventually(
    'all are gone',
    async () => left(),
    (there) => there.length === 0,
    withinMs,
  ).catch(left)
}

const stopByCommand = ({ fleet }: Forest, names: readonly string[]): Promise<unknown> =>
  Promise.all(names.map((name) => fleet.api.call('commandWorker', { name, action: 'stop' })))

const zombiesOf = (pid: number): Citizen[] => census().filter(({ ppid, zombie }) => zombie && ppid === pid)

/** As on a machine that delegates no cgroup: trees are found in /proc alone. */
const withoutCgroups: Guard = {
  name: 'cgroups',
  cuts: [{ text: 'cgroups==="off"?null:Cgroups.find(logger)', off: 'null' }],
}
/** And then there is nothing but session and descent. */
const withoutMarks: Guard = {
  name: 'marks',
  cuts: [
    ...withoutCgroups.cuts,
    { text: '...snapshot.marked(identity.mark),...snapshot.dyed(dyeOf(identity.mark)),', off: '' },
  ],
}

it.each([
  { mode: 'by cgroups where they may be made', guard: null },
  { mode: 'by marks alone', guard: withoutCgroups },
])(`${trees} trees of every kind, ended $mode: 0 left, 0 zombies`, async ({ guard }) => {
  const [name, program] =
    guard === null
      ? ['forest', ground.at.program]
      : ['wilderness', await buildMutant(guard, ground.at.folder)]
  const forest = await plant(name, program, (index) => kinds[index % kinds.length] ?? '', trees)
  const everybody = forest.people()
  for (const tree of forest.names) tally.fault(`stopped a tree: ${tree.replace(/-\d+$/, '')}`)
  tally.note('processes in the trees', everybody.length)
  expect(everybody.length).toBeGreaterThan(trees * 2)

  const half = forest.names.filter((_, index) => index % 2 === 0)
  await stopByCommand(forest, half)
  const ofHalf = everybody.filter(({ environment }) => half.includes(environment.get('JR_NAME') ?? ''))
  expect(ofHalf.length).toBeGreaterThan(half.length)
  // Settled means gone: nothing is waited for here.
  expect(await leftOf(ofHalf, goneMs)).toEqual([])
  expect(zombiesOf(forest.fleet.daemon().pid)).toEqual([])

  const code = await forest.fleet.stop()
  expect(await leftOf(everybody, goneMs)).toEqual([])
  expect(forest.people()).toEqual([])
  // Some had to be killed, and the exit code says so.
  expect(code).toBe(1)
})

it('by session and descent alone, strangers and nameless ones stay behind and are seen', async () => {
  const program = await buildMutant(withoutMarks, ground.at.folder)
  const forest = await plant('unmarked', program, (index) => (index % 2 === 0 ? 'strangers' : 'nameless'), 4)
  const everybody = forest.people()
  await forest.fleet.stop()
  expect((await leftOf(everybody, goneMs)).length).toBeGreaterThanOrEqual(4)
})
