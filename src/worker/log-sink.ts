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

/** Whole lines of bounded length; tells in the log itself how many were dropped, once it takes some again. */
export function createLogSink(stream: Writable): LogSink {
  let droppedLines = 0
  let untoldLines = 0
  return {
    write(prefix, text) {
      if (stream.writableLength > bufferBytesMax || stream.destroyed) {
        droppedLines++
        untoldLines++
        return
      }
      if (untoldLines > 0) stream.write(`jrctl: ${untoldLines} lines dropped here, the log was too slow\n`)
      untoldLines = 0
      const line = text.length > lineCharsMax ? `${text.slice(0, lineCharsMax)}…` : text
      stream.write(`${prefix}${line}\n`)
    },
    get droppedLines() {
      return droppedLines
    },
  }
}
