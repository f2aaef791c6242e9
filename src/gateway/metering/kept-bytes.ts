/** So many small pieces become one, that an answer written byte by byte does not cost an object a byte. */
const piecesMax = 64

/** Bytes kept from pieces that belong to somebody else's buffers. Who adds bounds them. */
export class KeptBytes {
  length = 0
  #pieces: Buffer[] = []

  add(bytes: Buffer, from: number, to: number): void {
    if (to <= from) return
    this.length += to - from
    // A copy: a view would keep all of the socket's buffer.
    this.#pieces.push(Buffer.from(bytes.subarray(from, to)))
    if (this.#pieces.length > piecesMax) this.#pieces = [Buffer.concat(this.#pieces)]
  }

  /** All of it, which is kept no longer; null: nothing. */
  take(): Buffer | null {
    const [first] = this.#pieces
    const all = this.#pieces.length > 1 ? Buffer.concat(this.#pieces) : (first ?? null)
    this.clear()
    return all
  }

  clear(): void {
    this.length = 0
    this.#pieces = []
  }
}
