import type { Writable } from 'node:stream'

/** Where the output of commands goes besides their results: the worker's own log. */
export interface LogSink {
  write(prefix: string, text: string): void
  /** Lines that were not written because the log was slow. */
  readonly droppedLines: number
}

const lineCharsMax = 4096
/** Beyond this the log is too slow, and lines are dropped and counted rather than commands held up. */
const bufferBytesMax = 1024 * 1024

/**
 * Whole lines of bounded length; tells in the log itself how many were dropped, once it takes some again. The lines of one
 * chunk of output go on together, since a write costs much more than a line.
 */
export function createLogSink(stream: Writable): LogSink {
  let gathered = ''
  let droppedLines = 0
  let untoldLines = 0

  const flush = (): void => {
    if (!stream.destroyed) stream.write(gathered)
    gathered = ''
  }
  const add = (line: string): void => {
    if (gathered === '') queueMicrotask(flush)
    gathered += line
  }

  return {
    write(prefix, text) {
      if (stream.writableLength + gathered.length > bufferBytesMax || stream.destroyed) {
        droppedLines++
        untoldLines++
        return
      }
      if (untoldLines > 0) add(`jrctl: ${untoldLines} lines dropped here, the log was too slow\n`)
      untoldLines = 0
      add(`${prefix}${text.length > lineCharsMax ? `${text.slice(0, lineCharsMax)}…` : text}\n`)
    },
    get droppedLines() {
      return droppedLines
    },
  }
}
