import type { LogItem, LogLine, LogPiece } from '../../ports/log-files.ts'
import { newline } from './bytes.ts'

/** However long its lines are, no more of one is taken into memory; a terminal shows far less. */
export const lineBytesMax = 256 * 1024

/** Cuts the pieces of a log into its lines; as many at a time as came, for a turn of the event loop a line would be dear. */
export async function* linesOf(pieces: AsyncIterable<LogPiece>): AsyncIterable<LogItem[]> {
  const splitter = new LineSplitter()
  for await (const piece of pieces) {
    if (piece.kind === 'bytes') {
      const before = piece.fresh ? splitter.flush() : []
      yield [...before, ...splitter.push(piece.bytes)]
    } else {
      // A line that is being written is shown as far as it is when nothing more is waited for.
      yield piece.kind === 'gap' ? [...splitter.flush(), piece] : [piece]
    }
  }
  yield splitter.flush()
}

class LineSplitter {
  #held: Buffer[] = []
  #heldBytes = 0
  #cutBytes = 0

  push(bytes: Buffer): LogLine[] {
    const lines: LogLine[] = []
    let start = 0
    for (let end = bytes.indexOf(newline); end >= 0; end = bytes.indexOf(newline, start)) {
      this.#hold(bytes.subarray(start, end))
      lines.push(this.#line())
      start = end + 1
    }
    this.#hold(bytes.subarray(start))
    return lines
  }

  flush(): LogLine[] {
    return this.#heldBytes > 0 ? [this.#line()] : []
  }

  #hold(bytes: Buffer): void {
    const taken = bytes.subarray(0, lineBytesMax - this.#heldBytes)
    this.#cutBytes += bytes.length - taken.length
    if (taken.length === 0) return
    this.#held.push(taken)
    this.#heldBytes += taken.length
  }

  #line(): LogLine {
    const [only] = this.#held
    const bytes = this.#held.length === 1 && only !== undefined ? only : Buffer.concat(this.#held)
    const line: LogLine = { kind: 'line', bytes, cutBytes: this.#cutBytes }
    this.#held = []
    this.#heldBytes = 0
    this.#cutBytes = 0
    return line
  }
}
