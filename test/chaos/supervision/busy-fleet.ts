import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Ground } from '../fleet/ground.ts'
import { eventually } from '../fleet/processes.ts'
import { type Citizen, isThere, workersOf } from './census.ts'
import { type Fleet, type FleetOptions, allRun, prepareFleet, untilWorkers } from './fleet.ts'
import { type Expected, wrongsOf } from './judge.ts'

const script = fileURLToPath(new URL('busy-worker.sh', import.meta.url))

/** Workers that are always at work, each with a name of its own, and an account of what was done to them. */
export interface BusyFleet extends Fleet {
  names: readonly string[]
  alive(): Citizen[]
  /** Kills a worker, which its supervisor then has to begin anew. */
  killWorker(name: string): void
  /** Has workers end with exit codes of their own while nobody looks; settles when they are gone. */
  endUnseen(codes: ReadonlyMap<string, number>): Promise<void>
  /** Settles when everybody runs and is the one that should. What is wrong still after a while. */
  wrongs(patienceMs?: number): Promise<string[]>
}

/** A wrong may be one that is just being put right: a worker in its backoff. */
const usualPatienceMs = 8_000

export async function prepareBusyFleet(
  ground: Ground,
  options: Pick<FleetOptions, 'name' | 'program'> & { count: number },
): Promise<BusyFleet> {
  const names = Array.from({ length: options.count }, (_, index) => `busy-${index + 1}`)
  const lives = join(ground.at.folder, `${options.name}-lives`)
  const ends = join(ground.at.folder, `${options.name}-ends`)
  writeFileSync(lives, '')
  mkdirSync(ends)
  const workers = names.map((name) => ({ name, command: ['sh', script, lives, ends] }))
  const fleet = await prepareFleet(ground, {
    ...options,
    // What is done to the workers is no fault of theirs.
    supervisor: 'breaker_failures = 0\nfleet_restarts = 0',
    workers,
  })
  const expected = new Map<string, Expected>(names.map((name) => [name, { name, starts: 1, lastExit: null }]))
  const alive = (): Citizen[] =>
    workersOf(ground.at.run, script).filter(({ command }) => command[2] === lives)
  const nameOf = ({ environment }: Citizen): string => environment.get('JR_NAME') ?? ''

  function bearAnEnd(name: string, lastExit: string): void {
    expected.set(name, { name, starts: (expected.get(name)?.starts ?? 0) + 1, lastExit })
  }

  async function observed(): Promise<string[]> {
    const told = readFileSync(lives, 'utf8').split('\n').filter(Boolean)
    return wrongsOf([...expected.values()], {
      lives: told.map((line) => line.split(' ')).map(([name = '', mark = '']) => ({ name, mark })),
      alive: alive().map((one) => ({
        name: nameOf(one),
        mark: one.environment.get('JRCTL_MARK') ?? '',
        pid: one.pid,
      })),
      views: await fleet.views(),
    })
  }

  return {
    ...fleet,
    names,
    alive,
    killWorker(name) {
      const victim = alive().find((one) => nameOf(one) === name)
      if (victim === undefined) throw new Error(`${name} does not run`)
      process.kill(victim.pid, 'SIGKILL')
      bearAnEnd(name, 'was killed by SIGKILL')
    },
    async endUnseen(codes) {
      const ending = alive().filter((one) => codes.has(nameOf(one)))
      for (const [name, code] of codes) {
        // At once and whole: the worker may look at any moment.
        writeFileSync(join(ends, `${name}.new`), `${code}\n`)
        renameSync(join(ends, `${name}.new`), join(ends, name))
        bearAnEnd(name, `exited with code ${code}`)
      }
      await gone(ending)
      for (const name of codes.keys()) rmSync(join(ends, name))
    },
    async wrongs(patienceMs = usualPatienceMs) {
      await untilWorkers(fleet, 'all workers run', allRun(names.length)).catch(() => {})
      let last: string[] = []
      const look = async (): Promise<string[]> => (last = await observed())
      return await eventually('all is right', look, (wrongs) => wrongs.length === 0, patienceMs).catch(
        () => last,
      )
    },
  }
}

/** Their shims may live on for a moment, to write down how they ended. */
async function gone(citizens: readonly Citizen[]): Promise<void> {
  await eventually(
    'they end',
    async () => citizens.filter((one) => isThere(one)).map(({ pid }) => pid),
    (left) => left.length === 0,
    20_000,
  )
}
