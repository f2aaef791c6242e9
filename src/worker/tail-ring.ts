/** The last bytes of an output. */
export interface TailRing {
  push(text: string): void
  /** The tail, with a first line that tells how much came before it when anything did. */
  text(): string
}

/**
 * Keeps the last `bytesMax` bytes (UTF-8) of what is pushed, in memory bounded by twice that. The cut falls between
 * characters: a half one at its edge is dropped.
 */
export function createTailRing(bytesMax: number): TailRing {
  let chunks: Buffer[] = []
  let heldBytes = 0
  let droppedBytes = 0

  const compact = (): void => {
    const all = Buffer.concat(chunks)
    const from = characterStart(all, Math.max(0, all.length - bytesMax))
    droppedBytes += from
    // A copy, so that the cut-off part's memory goes.
    chunks = [Buffer.from(all.subarray(from))]
    heldBytes = all.length - from
  }

  return {
    push(text) {
      const chunk = Buffer.from(text, 'utf8')
      chunks.push(chunk)
      heldBytes += chunk.length
      if (heldBytes > 2 * bytesMax || chunks.length > 1024) compact()
    },
    text() {
      compact()
      const kept = chunks[0]?.toString('utf8') ?? ''
      return droppedBytes === 0 ? kept : `… [${droppedBytes} bytes cut]\n${kept}`
    },
  }
}

/** The first index at or after `index` where a UTF-8 character starts. */
function characterStart(bytes: Buffer, index: number): number {
  let at = index
  while (at < bytes.length && ((bytes[at] ?? 0) & 0xc0) === 0x80) at++
  return at
}
