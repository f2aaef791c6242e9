import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { Client } from 'pg'
import { afterAll, afterEach } from 'vitest'
import { systemClock } from '../../../src/adapters/clock.ts'
import {
  createEmbeddedPostgres,
  type EmbeddedPostgres,
} from '../../../src/adapters/embedded-postgres/embedded-postgres.ts'
import type { EmbeddedOptions } from '../../../src/adapters/embedded-postgres/options.ts'
import { systemRandom } from '../../../src/adapters/random.ts'
import { type FakeLogger, fakeLogger } from '../../fakes/logger.ts'

export type Scratch = EmbeddedPostgres & { logger: FakeLogger; stateDir: string }

const prefix = 'jrctl-embedded-'
const cleanups: (() => Promise<void>)[] = []

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).toReversed()) await cleanup()
})

/** Runs after the test, last in first out, whatever becomes of the test. */
export function afterwards(cleanup: () => Promise<void>): void {
  cleanups.push(cleanup)
}

/** A folder that is gone after the test. */
export async function scratchDir(): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), prefix))
  afterwards(() => rm(dir, { recursive: true, force: true }))
  return dir
}

/** An embedded server that is stopped after the test. */
export async function scratch(options: Partial<EmbeddedOptions> = {}): Promise<Scratch> {
  const server = createScratch(options.stateDir ?? (await scratchDir()), options)
  afterwards(async () => void (await server.stop()))
  return server
}

let seed: Promise<string> | undefined

afterAll(async () => {
  if (seed !== undefined) await rm(await seed, { recursive: true, force: true })
})

/** The same with a database that was made and stopped before: a copy of one a file, since making one takes a second. */
export async function scratchWithDatabase(options: Partial<EmbeddedOptions> = {}): Promise<Scratch> {
  const server = await scratch(options)
  await mkdir(server.stateDir, { recursive: true, mode: 0o700 })
  // Not fs.cp: over a thousand files it takes as long as making the database.
  await promisify(execFile)('cp', ['-a', `${await (seed ??= makeSeed())}/.`, server.stateDir])
  return server
}

async function makeSeed(): Promise<string> {
  const stateDir = await mkdtemp(join(tmpdir(), prefix))
  const server = createScratch(stateDir, {})
  await server.start()
  await server.stop()
  return stateDir
}

function createScratch(stateDir: string, options: Partial<EmbeddedOptions>): Scratch {
  const logger = fakeLogger()
  const server = createEmbeddedPostgres({
    clock: systemClock(),
    random: systemRandom(),
    durable: false,
    ...options,
    stateDir,
    logger,
  })
  return { ...server, logger, stateDir }
}

/** One statement on a connection of its own. */
export async function query<Row extends object = object>(url: string, text: string): Promise<Row[]> {
  const client = new Client({ connectionString: url, connectionTimeoutMillis: 5_000 })
  await client.connect()
  try {
    return (await client.query<Row>(text)).rows
  } finally {
    await client.end()
  }
}

/** Polls /proc, which tells no events. */
export async function untilGone(pid: number): Promise<void> {
  const clock = systemClock()
  const deadline = clock.monotonicMs() + 10_000
  while (isThere(pid)) {
    if (clock.monotonicMs() > deadline) throw new Error(`Process ${pid} is still there`)
    await clock.sleep(5)
  }
}

export function isThere(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}
