import Database from 'better-sqlite3'
import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { onTestFinished } from 'vitest'
import { openState } from '../../../src/adapters/sqlite/open-state.ts'
import type { State } from '../../../src/adapters/sqlite/open-state.ts'
import type { NewLedgerEntry } from '../../../src/domain/ledger-event.ts'
import { fakeClock } from '../../fakes/clock.ts'
import { fakeLogger } from '../../fakes/logger.ts'

/** A state directory that is gone after the test. */
export async function stateDir(): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'jrctl-state-'))
  onTestFinished(() => rm(dir, { recursive: true, force: true }))
  return dir
}

/** An open state and what belongs to it; closed after the test, if the test has not. */
export async function openedState(dir?: string) {
  const path = join(dir ?? (await stateDir()), 'state.sqlite')
  const clock = fakeClock()
  const logger = fakeLogger()
  const state = openState({ path, clock, logger })
  onTestFinished(() => state.close())
  return { path, clock, logger, state }
}

/** Opens the file behind the adapter's back, as somebody with a shell would. */
export function meddle<Result>(path: string, action: (db: Database.Database) => Result): Result {
  const db = new Database(path)
  try {
    return action(db)
  } finally {
    db.close()
  }
}

export const entry = (message: string, more: Partial<NewLedgerEntry> = {}): NewLedgerEntry => ({
  eventType: 'worker.running',
  level: 'info',
  actor: 'daemon',
  message,
  ...more,
})

export async function appendMany(state: State, count: number): Promise<void> {
  await Promise.all(
    Array.from({ length: count }, (_, index) => state.ledger.append(entry(`message ${index + 1}`))),
  )
}

/** Runs a program of this folder; it is ended after the test, whatever happens. */
export function runProgram(
  name: string,
  ...args: string[]
): { child: ChildProcess; lines: AsyncIterableIterator<string> } {
  const file = new URL(name, import.meta.url).pathname
  const child = spawn(process.execPath, [file, ...args], { stdio: ['ignore', 'pipe', 'inherit'] })
  onTestFinished(() => killed(child))
  return { child, lines: createInterface({ input: child.stdout })[Symbol.asyncIterator]() }
}

/** `kill -9`, and the child is gone when this settles. */
export async function killed(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const exit = once(child, 'exit')
  child.kill('SIGKILL')
  await exit
}
