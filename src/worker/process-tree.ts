import { readdir, readFile } from 'node:fs/promises'
import type { Clock } from '../ports/clock.ts'

/** A command's processes: its session (it leads one) and whatever carries its mark, which double forks do not shed. */
export interface ProcessTree {
  /** The leader's pid, which is also its group's and its session's. */
  leader: number
  /** The value of JRCTL_ATTEMPT_MARK in the environment. */
  mark: string
}

/** Concurrent reads of /proc; more would only queue up in libuv's four threads. */
const scanWidth = 16
/** A fork bomb may outrun one pass: each pass signals what the one before it missed. */
const killRoundsMax = 50
const pollIntervalMs = 15

/**
 * The living processes of the tree. Zombies do not count: they hold nothing, and who reaps them is not ours to say.
 * A session id is not given out again while a member lives, so a match proves a process ours even after its leader ended.
 */
export async function livingProcesses({ leader, mark }: ProcessTree): Promise<number[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name))
  const needle = Buffer.from(`JRCTL_ATTEMPT_MARK=${mark}`)
  const found: number[] = []
  const next = pids.values()
  const scan = async (): Promise<void> => {
    for (const name of next) {
      if (await belongs(name, leader, needle)) found.push(Number(name))
    }
  }
  await Promise.all(Array.from({ length: scanWidth }, scan))
  return found
}

/** TERM to all, `graceMs` to end by themselves, then KILL until none is left. Answers whether the tree is gone. */
export async function endTree(tree: ProcessTree, graceMs: number, clock: Clock): Promise<boolean> {
  const deadlineMs = clock.monotonicMs() + graceMs
  const living = await livingProcesses(tree)
  if (living.length === 0) return true
  signalAll(living, 'SIGTERM')
  while (clock.monotonicMs() < deadlineMs) {
    await clock.sleep(pollIntervalMs)
    if ((await livingProcesses(tree)).length === 0) return true
  }
  return killTree(tree, clock)
}

/** KILL until none is left, for a bounded number of rounds (a process stuck in the kernel cannot be killed). */
export async function killTree(tree: ProcessTree, clock: Clock): Promise<boolean> {
  for (let round = 0; round < killRoundsMax; round++) {
    const living = await livingProcesses(tree)
    if (living.length === 0) return true
    signalAll(living, 'SIGKILL')
    await clock.sleep(pollIntervalMs)
  }
  return false
}

function signalAll(pids: readonly number[], signal: NodeJS.Signals): void {
  for (const pid of pids) {
    try {
      process.kill(pid, signal)
    } catch {
      // It ended between the look and the signal.
    }
  }
}

async function belongs(pid: string, leader: number, needle: Buffer): Promise<boolean> {
  try {
    const stat = await readFile(`/proc/${pid}/stat`, 'latin1')
    // The name in parentheses may hold anything, parentheses and spaces too: the fields start after the last one.
    const [state, , , session] = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    if (state === 'Z' || state === 'X') return false
    if (Number(session) === leader) return true
    return holdsVariable(await readFile(`/proc/${pid}/environ`), needle)
  } catch {
    // Gone meanwhile, or another account's.
    return false
  }
}

function holdsVariable(environment: Buffer, needle: Buffer): boolean {
  const at = environment.indexOf(needle)
  return at !== -1 && (at === 0 || environment[at - 1] === 0)
}
