/**
 * A worker as fleets had them before jrctl: it knows the two tables and their SQL (spec §2, "Legacy contract") and nothing
 * else. It claims by UPDATE, without a lease, says that it lives by `jr_status`, and polls. It is here to prove that such
 * workers run unchanged under the daemon, so it shares no code with the queue, the worker or the supervisor.
 */
import { messageOf, OperationalError, UserError } from '../errors.ts'
import type { Clock, Timer } from '../ports/clock.ts'
import { runReportProcess } from './legacy-report-process.ts'
import type { ReportCommand } from './legacy-report-process.ts'
import { connectLegacy } from './legacy-sql.ts'
import type { LegacyTables } from './legacy-sql.ts'

export interface LegacyWorkerOptions {
  /** The Jr whose tasks it takes. */
  name: string
  /** Holds DATABASE_URL. */
  env: Readonly<Record<string, string | undefined>>
  clock: Clock
  /** Calls back on SIGTERM and SIGINT until the returned function is called. */
  signals: { subscribe(listener: (signal: NodeJS.Signals) => void): () => void }
  stdout: { write(text: string): unknown }
  stderr: { write(text: string): unknown }
  /** argv of the program that does a task; gets the task as JSON on stdin. Another process each time. */
  reportCommand: ReportCommand
}

const heartbeatIntervalMs = 30_000
const pollFirstMs = 200
const pollMaxMs = 5000
/** Failures in a row before it gives up and leaves the rest to who supervises it. */
const failuresMax = 10

/**
 * Works until a signal comes: finishes the task at hand, says that it is offline, answers 0. A second signal ends the task's
 * process and gives the task back. Answers 1 when the database stayed away. What meets an outage right between its task and
 * its writing stays in progress until it counts as stuck: that is the legacy contract, and what leases are for.
 */
export async function runLegacyWorker(options: LegacyWorkerOptions): Promise<number> {
  const url = options.env['DATABASE_URL']
  if (url === undefined || url === '') {
    throw new UserError('this worker knows the queue by DATABASE_URL alone, and it is not set', {
      hint: 'in its [[workers]] table: env_pass = ["DATABASE_URL"]',
    })
  }
  const stopping = new AbortController()
  const hurry = new AbortController()
  const unsubscribe = options.signals.subscribe(() => (stopping.signal.aborted ? hurry : stopping).abort())
  try {
    return await workThroughOutages(url, options, stopping.signal, hurry.signal)
  } finally {
    unsubscribe()
  }
}

/** A lost connection is made again after a growing pause; `jr_status` and the tasks are as we left them. */
async function workThroughOutages(
  url: string,
  options: LegacyWorkerOptions,
  stopping: AbortSignal,
  hurry: AbortSignal,
): Promise<number> {
  let failures = 0
  const healthy = (): void => {
    failures = 0
  }
  while (failures < failuresMax && !stopping.aborted) {
    try {
      const tables = await connectLegacy(url, options.name)
      try {
        await serve(tables, options, { stopping, hurry, healthy })
      } finally {
        await tables.close()
      }
    } catch (error) {
      if (error instanceof OperationalError) throw error
      options.stderr.write(`the queue is out of reach: ${messageOf(error)}\n`)
      await pause(options.clock, Math.min(pollFirstMs * 2 ** failures++, pollMaxMs), stopping)
    }
  }
  return stopping.aborted ? 0 : 1
}

interface Serving {
  stopping: AbortSignal
  hurry: AbortSignal
  /** The tables answer. */
  healthy(): void
}

async function serve(tables: LegacyTables, options: LegacyWorkerOptions, serving: Serving): Promise<void> {
  const { stopping, hurry } = serving
  const heart = await startHeart(tables, options.clock)
  let pollMs = pollFirstMs
  try {
    while (!stopping.aborted) {
      const worked = await workOne(tables, options, heart, hurry)
      serving.healthy()
      pollMs = worked ? pollFirstMs : Math.min(pollMs * 1.5, pollMaxMs)
      if (!worked) await pause(options.clock, pollMs, stopping)
    }
  } finally {
    heart.stop()
  }
  await tables.offline()
}

interface Heart {
  load: number
  stop(): void
}

/** A heartbeat now and every 30 s, during a task too. One that fails is told by the next statement of the work. */
async function startHeart(tables: LegacyTables, clock: Clock): Promise<Heart> {
  let timer: Timer | undefined
  const arm = (): void => {
    timer = clock.after(heartbeatIntervalMs, () => {
      tables.beat(heart.load).catch(() => {})
      arm()
    })
  }
  const heart: Heart = { load: 0, stop: () => timer?.cancel() }
  await tables.beat(0)
  arm()
  return heart
}

/** Takes the next task, if any, does it in a process of its own, writes how it ended. */
async function workOne(
  tables: LegacyTables,
  options: LegacyWorkerOptions,
  heart: Heart,
  hurry: AbortSignal,
): Promise<boolean> {
  const task = await tables.next()
  if (task === undefined) return false
  // Somebody else was faster: look again at once.
  if (!(await tables.claim(task.id))) return true
  heart.load = 1
  const end = await runReportProcess(options.reportCommand, task, options.env, hurry)
  heart.load = 0
  switch (end.kind) {
    case 'done':
      await tables.complete(task.id, end.result)
      options.stdout.write(`task ${task.id} completed: ${task.title}\n`)
      return true
    case 'failed':
      await tables.fail(task.id)
      options.stderr.write(`task ${task.id} failed: ${end.error}\n`)
      return true
    case 'interrupted':
      await tables.giveBack(task.id)
      options.stderr.write(`task ${task.id} given back\n`)
      return true
    case 'unstartable':
      await tables.giveBack(task.id)
      throw new OperationalError(`the program for tasks cannot be started: ${end.error}`, {
        code: 'process.missing',
        retryable: false,
      })
    default:
      return end satisfies never
  }
}

async function pause(clock: Clock, delayMs: number, signal: AbortSignal): Promise<void> {
  await clock.sleep(delayMs, signal).catch(() => {})
}
