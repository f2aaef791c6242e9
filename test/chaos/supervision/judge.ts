import type { WorkerView } from '../../../src/domain/worker.ts'

/** What must be true of a worker whose supervisor was struck. */
export interface Expected {
  name: string
  /** How often it was begun, in all. */
  starts: number
  /** How its last process ended; null when its first one lives. */
  lastExit: string | null
}

/** What a fleet at rest shows: files and /proc by the test's own eyes, and what the daemon says. */
export interface Observed {
  /** Each start that a worker told of. */
  lives: readonly { name: string; mark: string }[]
  /** Those alive now. */
  alive: readonly { name: string; mark: string; pid: number }[]
  views: readonly Pick<WorkerView, 'name' | 'state' | 'instanceId' | 'lastExit'>[]
}

/**
 * 0 worker deaths, 0 duplicates, exits kept: what is wrong of it, in words. Pure. A start that nobody had cause for is a death
 * or a duplicate, however short it was.
 */
export function wrongsOf(expected: readonly Expected[], observed: Observed): string[] {
  return expected.flatMap((worker) => wrongsOfOne(worker, observed))
}

function wrongsOfOne({ name, starts, lastExit }: Expected, observed: Observed): string[] {
  const wrongs: string[] = []
  const lives = observed.lives.filter((life) => life.name === name)
  const alive = observed.alive.filter((one) => one.name === name)
  const views = observed.views.filter((view) => view.name === name)
  if (lives.length !== starts) wrongs.push(`${name} was begun ${lives.length} times instead of ${starts}`)
  if (alive.length !== 1) wrongs.push(`${name} runs ${alive.length} times: pid ${pidsOf(alive)}`)
  if (views.length !== 1) wrongs.push(`the daemon knows ${views.length} of ${name}`)
  for (const view of views) {
    if (view.state !== 'running') wrongs.push(`${name} is ${view.state}`)
    if (!alive.some(({ mark }) => mark === view.instanceId))
      wrongs.push(`${name} is not the process that the daemon takes for it`)
    if (view.lastExit !== lastExit)
      wrongs.push(`${name} ended last: ${String(lastExit)}; the daemon says ${String(view.lastExit)}`)
  }
  return wrongs
}

const pidsOf = (alive: Observed['alive']): string => alive.map(({ pid }) => pid).join(', ') || 'none'
