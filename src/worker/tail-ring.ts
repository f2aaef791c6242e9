/** The last bytes of an output. */
export interface TailRing {
  push(text: string): void
  /** The tail, with a first line that tells how much came before it when anything did. */
  text(): string
}

const piecesMax = 16_384

/**
 * Keeps the last `bytesMax` bytes (UTF-8) of what is pushed, in memory bounded by a small multiple of that. The cut falls between
 * characters: a half one at its edge is dropped.
 */
export function createTailRing(bytesMax: number): TailRing {
  // Strings until they must be cut: a million short lines should not cost a Buffer each.
  let pieces: string[] = []
  let heldChars = 0
  let droppedBytes = 0

  const compact = (): string => {
    const all = Buffer.from(pieces.join(''), 'utf8')
    const from = characterStart(all, Math.max(0, all.length - bytesMax))
    droppedBytes += from
    const kept = all.toString('utf8', from)
    pieces = [kept]
    heldChars = kept.length
    return kept
  }

  return {
    push(text) {
      pieces.push(text)
      heldChars += text.length
      if (heldChars > 2 * bytesMax || pieces.length > piecesMax) compact()
    },
    text() {
      const kept = compact()
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
