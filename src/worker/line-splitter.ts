/** One line of a command's output. `cutBytes`: how much of it was too long to keep. */
export interface OutputLine {
  text: string
  cutBytes: number
}

export interface LineSplitter {
  push(chunk: Buffer): void
  /** The stream has ended: what stands without a newline is a line too. */
  end(): void
}

const newline = 0x0a
/** A program that writes byte by byte must not cost an object a byte. */
const partsMax = 64

/**
 * Cuts a stream of bytes into lines and keeps at most `lineBytesMax` of each, whatever comes: a line of a gigabyte, or
 * binary without an end. Bytes that are no UTF-8 become U+FFFD; a carriage return before the newline is dropped.
 */
export function createLineSplitter(lineBytesMax: number, onLine: (line: OutputLine) => void): LineSplitter {
  let parts: Buffer[] = []
  let keptBytes = 0
  let cutBytes = 0

  const keep = (piece: Buffer): void => {
    const room = Math.min(piece.length, lineBytesMax - keptBytes)
    cutBytes += piece.length - room
    if (room === 0) return
    parts.push(piece.subarray(0, room))
    keptBytes += room
    if (parts.length > partsMax) parts = [Buffer.concat(parts)]
  }

  const emit = (): void => {
    const [first] = parts
    const text = parts.length === 1 && first ? first.toString('utf8') : Buffer.concat(parts).toString('utf8')
    const line = { text: text.endsWith('\r') ? text.slice(0, -1) : text, cutBytes }
    parts = []
    keptBytes = 0
    cutBytes = 0
    onLine(line)
  }

  return {
    push(chunk) {
      let from = 0
      for (let at = chunk.indexOf(newline); at !== -1; at = chunk.indexOf(newline, from)) {
        keep(chunk.subarray(from, at))
        emit()
        from = at + 1
      }
      if (from < chunk.length) keep(chunk.subarray(from))
    },
    end() {
      if (keptBytes > 0 || cutBytes > 0) emit()
    },
  }
}
