import type { Writable } from 'node:stream'

/** Lines for the program's stdin. */
export interface LineWriter {
  write(line: string): void
  /** The program reads slower than it is given work: no more should be claimed for it. */
  readonly clogged: boolean
  /** Writes what there is, then the end. */
  end(): void
}

/** Beyond this, tasks wait in the queue, where others can have them, rather than in a pipe. */
const bufferBytesMax = 1024 * 1024

/**
 * The lines of one turn of the event loop go on together: a write costs much more than a line. A program that is gone takes
 * nothing and says nothing about it here; its end is seen where it is waited for.
 */
export function createLineWriter(stdin: Writable, onDrained: () => void): LineWriter {
  let gathered = ''

  const flush = (): void => {
    if (gathered !== '' && stdin.writable) stdin.write(gathered)
    gathered = ''
  }
  stdin.on('drain', onDrained)

  return {
    write(line) {
      if (gathered === '') queueMicrotask(flush)
      gathered += line
    },
    get clogged() {
      return stdin.writableLength + gathered.length > bufferBytesMax
    },
    end() {
      flush()
      stdin.end()
    },
  }
}
