import { lstat, mkdir, readFile, rename, rm, rmdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { syncFolder } from '../../system/sync-folder.ts'

/*
 * Puts restored files in the place of those that are there, all or none. What is to be done is written down first, whole or not
 * at all; from then on it will be done, by us or by whoever comes next (`finishExchange`), and each step may be done again.
 * Names within the state directory, not the directory itself: that may be a mount, or lie where we may not write.
 */

export interface Exchange {
  /** The folder within the state directory that holds what is new. */
  staged: string
  /** The one that the old goes to. */
  aside: string
  /** What is new, by its name in both places. */
  names: string[]
  /** What must go although nothing takes its place. */
  without: string[]
}

/** The note of an exchange that was decided and is not over. */
export const exchangeNote = 'restore.json'

/** Decides it, and does it. @param passed told of each step, for tests of crashes */
export async function exchange(
  stateDir: string,
  plan: Exchange,
  passed: (step: string) => void = () => {},
): Promise<void> {
  const note = join(stateDir, exchangeNote)
  // Where it goes with all the rest when we are killed here.
  const draft = join(stateDir, plan.staged, exchangeNote)
  await writeFile(draft, JSON.stringify(plan), { mode: 0o600, flush: true })
  passed('restore.staged')
  await rename(draft, note)
  await syncFolder(stateDir)
  passed('restore.decided')
  await finishExchange(stateDir, passed)
}

/** Ends one that was decided. Null: there is none. The caller owns the state directory. */
export async function finishExchange(
  stateDir: string,
  passed: (step: string) => void = () => {},
): Promise<Exchange | null> {
  const plan = await readExchange(stateDir)
  if (plan === null) return null
  const [staged, aside] = [join(stateDir, plan.staged), join(stateDir, plan.aside)]
  await mkdir(aside, { recursive: true, mode: 0o700 })
  for (const name of plan.without) await moveAway(name, stateDir, aside)
  for (const name of plan.names) {
    // Not there any more: it is in its place already, and what is there must stay.
    if (!(await exists(join(staged, name)))) continue
    await moveAway(name, stateDir, aside)
    passed('restore.aside')
    await rename(join(staged, name), join(stateDir, name))
    passed('restore.placed')
  }
  await syncFolder(aside)
  await syncFolder(stateDir)
  passed('restore.exchanged')
  await rm(staged, { recursive: true, force: true })
  // Empty where nothing gave way.
  await rmdir(aside).catch(() => {})
  await rm(join(stateDir, exchangeNote))
  await syncFolder(stateDir)
  return plan
}

/** Null: none is under way. */
export async function readExchange(stateDir: string): Promise<Exchange | null> {
  try {
    return JSON.parse(await readFile(join(stateDir, exchangeNote), 'utf8')) as Exchange
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null
    throw error
  }
}

async function moveAway(name: string, stateDir: string, aside: string): Promise<void> {
  const [from, to] = [join(stateDir, name), join(aside, name)]
  if ((await exists(from)) && !(await exists(to))) await rename(from, to)
}

async function exists(path: string): Promise<boolean> {
  return lstat(path).then(
    () => true,
    (error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return false
      throw error
    },
  )
}
