import { OperationalError, messageOf } from '../errors.ts'
import type { Clock } from '../ports/clock.ts'
import type { Ledger } from '../ports/ledger.ts'
import type { LogLimits, LogRotator, Rotation } from '../ports/log-files.ts'
import type { Logger } from '../ports/logger.ts'
import { type Duty, createDuty } from './duty.ts'

export interface LogRotationDeps {
  rotator: LogRotator
  /** The daemon's own log. */
  own: OwnLog
  /** Of other programs that write on without us: the embedded database's. */
  others: readonly string[]
  /** The logs of the workers: the path, and whether a process writes there. */
  logs(): readonly WorkerLog[]
  limits: LogLimits
  ledger: Pick<Ledger, 'note'>
  clock: Clock
  logger: Logger
}

export interface OwnLog {
  path: string
  /** Makes a new file where somebody has removed or replaced it. */
  tend(): Promise<void>
}

export interface WorkerLog {
  path: string
  worker: string
  living: boolean
}

export interface LogRotation extends Duty {
  /** Which logs cannot be rotated, and why; null when all can. */
  complaint(): string | null
}

/** A look costs a system call a log; one that fills faster is looked at sooner. */
const everyMs = 10_000
const soonestMs = 250

/** What failed is tried again after this, doubling. */
const retryMs = { first: 10_000, max: 600_000 }

/** What the last look saw, by path. */
interface Seen {
  liveBytes: number
  atMs: number
}

interface Trouble {
  code: string
  message: string
  againAtMs: number
  waitMs: number
}

/** Cuts off what is too large or too old of the daemon's log, the embedded database's and the workers' (spec §4), one log after the other. */
export function createLogRotation(deps: LogRotationDeps): LogRotation {
  const { rotator, limits, ledger, clock } = deps
  const logger = deps.logger.child({ part: 'logs' })
  const seen = new Map<string, Seen>()
  const troubles = new Map<string, Trouble>()

  async function run(): Promise<number> {
    await deps.own.tend().catch((error: unknown) => failed(deps.own.path, error))
    const unworked = [deps.own.path, ...deps.others].map((path) => ({ path, worker: null, living: false }))
    const logs = [...unworked, ...deps.logs()]
    forgetOthers(new Set(logs.map(({ path }) => path)))
    let nextMs = everyMs
    for (const log of logs) nextMs = Math.min(nextMs, await look(log))
    return nextMs
  }

  /** Answers when this log wants to be looked at again. */
  async function look(log: { path: string; worker: string | null; living: boolean }): Promise<number> {
    const { path } = log
    const trouble = troubles.get(path)
    if (trouble !== undefined && trouble.againAtMs > clock.monotonicMs()) return everyMs
    try {
      const rotation = await rotator.rotate(path, limits)
      if (rotation.liveBytes === null && log.living) throw gone(path, log.worker ?? '')
      if (trouble !== undefined) recovered(path)
      tell(path, rotation)
      return dueInMs(path, rotation.liveBytes ?? 0)
    } catch (error) {
      failed(path, error)
      return everyMs
    }
  }

  function tell(path: string, { cutOff, deleted }: Rotation): void {
    if (cutOff.length === 0) return
    const old = deleted.length === 0 ? '' : `; deleted, being more than ${limits.keep}: ${someOf(deleted)}`
    logger.info({ path }, `Rotated ${path} into ${someOf(cutOff)}${old}`)
  }

  /** When it will be full, by how fast it has grown; half of that, for a writer may become faster. */
  function dueInMs(path: string, liveBytes: number): number {
    const before = seen.get(path)
    const atMs = clock.monotonicMs()
    seen.set(path, { liveBytes, atMs })
    const grown = liveBytes - (before?.liveBytes ?? liveBytes)
    if (before === undefined || grown <= 0) return everyMs
    const bytesPerMs = grown / Math.max(1, atMs - before.atMs)
    const fullInMs = (limits.rotateSizeBytes - liveBytes) / bytesPerMs
    return Math.min(everyMs, Math.max(soonestMs, fullInMs / 2))
  }

  /** Told once for each log and kind of trouble, however often it is tried again. */
  function failed(path: string, error: unknown): void {
    const code = error instanceof OperationalError ? error.code : 'logs.failed'
    const before = troubles.get(path)
    const waitMs = before === undefined ? retryMs.first : Math.min(retryMs.max, 2 * before.waitMs)
    const hint = error instanceof OperationalError && error.hint !== undefined ? `; ${error.hint}` : ''
    const message = `${messageOf(error)}${hint}`
    troubles.set(path, { code, message, waitMs, againAtMs: clock.monotonicMs() + waitMs })
    if (before?.code === code) return
    logger.warn({ path, code }, message)
    ledger.note({ eventType: 'logs.rotation_failed', level: 'warn', actor: 'daemon', message })
  }

  function recovered(path: string): void {
    troubles.delete(path)
    const message = `the log ${path} can be rotated again`
    logger.info({ path }, message)
    ledger.note({ eventType: 'logs.rotation_recovered', level: 'info', actor: 'daemon', message })
  }

  function forgetOthers(paths: ReadonlySet<string>): void {
    for (const path of seen.keys()) if (!paths.has(path)) seen.delete(path)
    for (const path of troubles.keys()) if (!paths.has(path)) troubles.delete(path)
  }

  return {
    ...createDuty({ name: 'rotating the logs', everyMs, minGapMs: soonestMs, run }, { clock, logger }),
    complaint() {
      const [first, ...others] = troubles.values()
      if (first === undefined) return null
      return others.length === 0 ? first.message : `${first.message} (${troubles.size} logs in all)`
    },
  }
}

/** A log that grew for days without a daemon is cut into many parts at once. */
function someOf(names: readonly string[]): string {
  return names.length <= 3 ? names.join(', ') : `${names[0]}, … (${names.length} parts)`
}

function gone(path: string, worker: string): OperationalError {
  return new OperationalError(`the log ${path} was removed while ${worker} writes to it`, {
    code: 'logs.gone',
    retryable: true,
    hint: `what it writes cannot be seen until a restart makes a new file: jrctl workers restart ${JSON.stringify(worker)}`,
  })
}
