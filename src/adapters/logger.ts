import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import pino from 'pino'
import type { Logger } from '../ports/logger.ts'

/** The daemon's own log file, beside those of its workers (spec §4). */
export const daemonLogName = 'jr_orchestrator.log'

export interface LoggerOptions {
  level: 'debug' | 'info' | 'warn' | 'error'
  /** Folder of the log file; null: no file. */
  dir: string | null
  /** Readable lines on stderr as well: on a terminal, and where a person started us in the foreground. */
  console: boolean
}

function sayPlainly(line: string): void {
  const { msg } = JSON.parse(line) as { msg: string }
  process.stderr.write(`jrctl: ${msg}\n`)
}

/** Opens the log. Lines to the file are written in the background; `flush` waits for them. */
export async function openLogger(
  options: LoggerOptions,
): Promise<{ logger: Logger; flush(): Promise<void> }> {
  const streams: pino.StreamEntry[] = []
  let file: ReturnType<typeof pino.destination> | undefined
  if (options.dir !== null) {
    mkdirSync(options.dir, { recursive: true, mode: 0o700 })
    file = pino.destination({ dest: join(options.dir, daemonLogName), sync: false, mode: 0o600 })
    // A full disk or a removed folder must not end the daemon; what is lost shows on the console stream.
    file.on('error', () => {})
    streams.push({ stream: file, level: options.level })
  }
  if (options.console) {
    const { default: pretty } = await import('pino-pretty')
    const stream = pretty({
      destination: 2,
      sync: true,
      colorize: process.stderr.isTTY && !process.env['NO_COLOR'] && process.env['TERM'] !== 'dumb',
      ignore: 'pid,hostname,part,duty,failures,taskId,worker,target,step',
      translateTime: 'SYS:HH:MM:ss',
      hideObject: true,
    })
    streams.push({ stream, level: options.level })
  } else {
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
  }
}
