import { once } from 'node:events'
import { closeSync, constants, fstatSync, lstatSync, openSync, type Stats } from 'node:fs'
import { lstat } from 'node:fs/promises'
import { join } from 'node:path'
import pino from 'pino'
import { OperationalError, messageOf } from '../errors.ts'
import type { Logger } from '../ports/logger.ts'
import { makePrivateFolder } from '../system/private-folder.ts'

/** The daemon's own log file, beside those of its workers (spec §4). */
export const daemonLogName = 'jr_orchestrator.log'

export interface LoggerOptions {
  level: 'debug' | 'info' | 'warn' | 'error'
  /** Folder of the log file; null: no file. */
  dir: string | null
  /**
   * Readable lines on stderr as well: on a terminal, and where a person started us in the foreground. Null: nothing there, not
   * even what is wrong, for somebody else draws on that terminal.
   */
  console: boolean | null
  /** Called when what is written for a person on stderr fails, with why: its reader or its terminal is gone, say. */
  consoleFailed?: (error: Error) => void
}

function sayPlainly(line: string): void {
  const { msg } = JSON.parse(line) as { msg: string }
  process.stderr.write(`jrctl: ${msg}\n`)
}

export interface OpenLog {
  logger: Logger
  flush(): Promise<void>
  /** Goes on in a new file where somebody has removed or replaced ours; who rotates us by freeing its front, has not. */
  tend(): Promise<void>
}

/**
 * Opens the log. Lines to the file are written in the background; `flush` waits for them. Throws OperationalError
 * `logs.unwritable` with owner and remedy.
 */
export async function openLogger(options: LoggerOptions): Promise<OpenLog> {
  const streams: pino.StreamEntry[] = []
  let file: ReturnType<typeof pino.destination> | undefined
  let ours: Stats | undefined
  if (options.dir !== null) {
    ours = proveOwnLog(options.dir)
    file = pino.destination({
      dest: join(options.dir, daemonLogName),
      sync: false,
      mode: 0o600,
      // Every line at once, as with 0, for which alone `flush` would wait for nothing.
      minLength: 1,
    })
    // A full disk or a removed folder must not end the daemon; what is lost shows on the console stream.
    file.on('error', () => {})
    streams.push({ stream: file, level: options.level })
  }
  if (options.console) {
    const { default: pretty } = await import('pino-pretty')
    const destination = pino.destination({ dest: 2, sync: true })
    // The daemon lives on; whom it matters to is told.
    destination.on('error', (error: Error) => options.consoleFailed?.(error))
    const stream = pretty({
      destination,
      colorize: process.stderr.isTTY && !process.env['NO_COLOR'] && process.env['TERM'] !== 'dumb',
      ignore: 'pid,hostname,part,duty,failures,taskId,worker,target,step',
      translateTime: 'SYS:HH:MM:ss',
      hideObject: true,
    })
    streams.push({ stream, level: options.level })
  } else if (options.console === false) {
    // Without a person to read along, what is wrong must still reach whoever gathers our stderr (systemd, a pipe).
    streams.push({ stream: { write: sayPlainly }, level: 'error' })
  }
  const base = pino(
    { level: options.level, base: { pid: process.pid }, timestamp: pino.stdTimeFunctions.isoTime },
    pino.multistream(streams),
  )
  return {
    logger: base,
    flush: () =>
      new Promise((resolve) => {
        if (file === undefined) resolve()
        else file.flush(() => resolve())
      }),
    async tend() {
      if (file === undefined || options.dir === null) return
      const path = join(options.dir, daemonLogName)
      const there = await lstat(path).catch(() => null)
      if (there?.ino === ours?.ino && there?.dev === ours?.dev) return
      // What is no plain file is left alone: through a link we would write elsewhere.
      if (there !== null && !there.isFile()) return
      makePrivateFolder(options.dir)
      const opened = once(file, 'ready')
      file.reopen(path)
      await opened
      ours = await lstat(path)
    },
  }
}

const { O_APPEND, O_CREAT, O_NOFOLLOW, O_NONBLOCK, O_WRONLY } = constants

/** Opened once ourselves: pino would tell of a failure too late, and follow a symbolic link. */
function proveOwnLog(dir: string): Stats {
  const path = join(dir, daemonLogName)
  try {
    makePrivateFolder(dir)
    const fd = openSync(path, O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW | O_NONBLOCK, 0o600)
    try {
      const stats = fstatSync(fd)
      if (!stats.isFile()) throw new Error('it is no plain file')
      return stats
    } finally {
      closeSync(fd)
    }
  } catch (cause) {
    throw new OperationalError(`cannot write the log ${path}: ${messageOf(cause)}${ownerOf([path, dir])}`, {
      code: 'logs.unwritable',
      retryable: true,
      hint: `make it a plain file that uid ${process.getuid?.()} may write, or set another logs.dir`,
      cause,
    })
  }
}

function ownerOf(places: readonly string[]): string {
  for (const place of places) {
    const stats = lstatSync(place, { throwIfNoEntry: false })
    if (stats)
      return ` (${place} belongs to uid ${stats.uid}, mode ${(stats.mode & 0o7777).toString(8).padStart(4, '0')})`
  }
  return ''
}
