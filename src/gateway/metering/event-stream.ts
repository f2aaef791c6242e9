import { KeptBytes } from './kept-bytes.ts'

/** Hears the data of events, in pieces. */
export interface EventReader {
  data(bytes: Buffer, from: number, to: number): void
  /** The event's data is whole. @returns true: the event is to be taken out */
  ended(): boolean
}

/** An event that is longer is none of those that are taken out: it passes without waiting for its end. */
export const heldBytesMax = 65_536

const lf = 0x0a
const cr = 0x0d
const colon = 0x3a
const space = 0x20
const dataName = Buffer.from('data')
const mark = Buffer.from([0xef, 0xbb, 0xbf])
const newline = Buffer.from('\n')

/** Where in a line the next byte is. Within its name, `inName` tells how much of "data" has come. */
const place = { start: 0, name: 1, afterColon: 2, data: 3, ignored: 4 } as const
type Place = (typeof place)[keyof typeof place]

/**
 * Server-sent events (WHATWG HTML §9.2) as they pass, cut anywhere, with LF, CRLF or CR. All bytes go on as they came, but for events
 * taken out whole: with `holds`, an event's bytes wait until its end decides; comments before it do not. At most `heldBytesMax`
 * are kept.
 */
export class EventStream {
  readonly #reader: EventReader
  readonly #holds: boolean
  #place: Place = place.start
  #inName = 0
  #markLeft = 0
  #markPossible = true
  #afterCr = false
  /** The line feed of a CRLF that ended an event taken out goes with it. */
  #cutLf = false

  #inEvent = false
  #hasData = false
  /** Its end is not waited for. */
  #released = false
  readonly #held = new KeptBytes()

  /** Of the chunk at hand: what goes on, where the rest begins, and where the event at hand does. */
  #parts: Buffer[] = []
  #restFrom = 0
  #eventFrom = 0
  #nextLf = -1
  #nextCr = -1

  constructor(reader: EventReader, holds: boolean) {
    this.#reader = reader
    this.#holds = holds
  }

  push(chunk: Buffer): Buffer | null {
    this.#restFrom = this.#eventFrom = 0
    this.#nextLf = this.#nextCr = -1
    let at = this.#markPossible ? this.#skipMark(chunk) : 0
    while (at < chunk.length) at = this.#step(chunk, at)
    this.#keepOrPass(chunk)
    return this.#passed(chunk)
  }

  /** An event without its blank line counts too. */
  end(): Buffer | null {
    const out = this.#hasData && this.#reader.ended() && this.#holds && !this.#released
    const rest = this.#held.take()
    this.#inEvent = this.#hasData = false
    return out ? null : rest
  }

  /** @returns where the byte order mark ends, if one begins the stream */
  #skipMark(chunk: Buffer): number {
    let at = 0
    while (at < chunk.length && this.#markLeft < mark.length) {
      if (chunk[at] !== mark[this.#markLeft]) {
        this.#markPossible = false
        // Half a mark is the beginning of a name that means nothing.
        if (this.#markLeft > 0) this.#place = place.ignored
        return at
      }
      this.#markLeft++
      at++
    }
    if (this.#markLeft === mark.length) this.#markPossible = false
    return at
  }

  /** Takes a byte, or all of a line's rest. @returns where the next is */
  #step(chunk: Buffer, at: number): number {
    const byte = chunk[at] ?? 0
    if (this.#afterCr) {
      this.#afterCr = false
      if (byte === lf) return this.#secondOfCrlf(at)
      this.#cutLf = false
    }
    if (this.#place >= place.data) return this.#restOfLine(chunk, at)
    if (byte === lf || byte === cr) return this.#lineEnded(chunk, at)
    if (this.#place === place.start) this.#lineBegins(byte, at)
    if (this.#place === place.name) this.#nameGoesOn(byte)
    else if (this.#place === place.afterColon) {
      this.#place = place.data
      // One space after the colon belongs to neither side.
      if (byte !== space) return at
    }
    return at + 1
  }

  #secondOfCrlf(at: number): number {
    if (this.#cutLf) this.#restFrom = at + 1
    this.#cutLf = false
    return at + 1
  }

  #lineBegins(byte: number, at: number): void {
    this.#inName = 0
    this.#place = byte === colon ? place.ignored : place.name
    if (byte === colon || this.#inEvent) return
    this.#inEvent = true
    this.#eventFrom = at
  }

  #nameGoesOn(byte: number): void {
    if (this.#inName === dataName.length) this.#place = byte === colon ? this.#dataBegins() : place.ignored
    else if (byte === dataName[this.#inName]) this.#inName++
    else this.#place = place.ignored
  }

  #dataBegins(): Place {
    if (this.#hasData) this.#reader.data(newline, 0, 1)
    this.#hasData = true
    return place.afterColon
  }

  #restOfLine(chunk: Buffer, at: number): number {
    const end = this.#lineEnd(chunk, at)
    if (this.#place === place.data && end > at) this.#reader.data(chunk, at, end)
    return end < chunk.length ? this.#lineEnded(chunk, end) : end
  }

  /** The next CR or LF from `at` on. Each is looked for once, however many lines there are. */
  #lineEnd(chunk: Buffer, at: number): number {
    if (this.#nextLf < at) this.#nextLf = found(chunk, lf, at)
    if (this.#nextCr < at) this.#nextCr = found(chunk, cr, at)
    return Math.min(this.#nextLf, this.#nextCr)
  }

  #lineEnded(chunk: Buffer, at: number): number {
    const blank = this.#place === place.start
    this.#place = place.start
    this.#afterCr = chunk[at] === cr
    if (blank && this.#inEvent) this.#eventEnded(chunk, at + 1)
    return at + 1
  }

  #eventEnded(chunk: Buffer, end: number): void {
    const fits = !this.#released && this.#fits(end)
    const out = this.#hasData && this.#reader.ended() && this.#holds && fits
    if (out) {
      this.#pass(chunk, this.#restFrom, this.#eventFrom)
      this.#restFrom = end
      this.#cutLf = this.#afterCr
      this.#held.clear()
    } else this.#letGo()
    this.#inEvent = this.#hasData = this.#released = false
  }

  /** Whether the event is short enough to be held. However it is cut, the answer is the same in the end. */
  #fits(to: number): boolean {
    return this.#held.length + to - this.#eventFrom <= heldBytesMax
  }

  #letGo(): void {
    const held = this.#held.take()
    if (held !== null) this.#parts.push(held)
  }

  #pass(chunk: Buffer, from: number, to: number): void {
    if (to > from) this.#parts.push(chunk.subarray(from, to))
  }

  /** The chunk is at its end: the bytes of an event that is not wait. */
  #keepOrPass(chunk: Buffer): void {
    if (!this.#holds || !this.#inEvent || this.#released)
      return this.#pass(chunk, this.#restFrom, chunk.length)
    this.#pass(chunk, this.#restFrom, this.#eventFrom)
    if (this.#fits(chunk.length)) return this.#held.add(chunk, this.#eventFrom, chunk.length)
    this.#released = true
    this.#letGo()
    this.#pass(chunk, this.#eventFrom, chunk.length)
  }

  #passed(chunk: Buffer): Buffer | null {
    const parts = this.#parts
    this.#parts = []
    const [first] = parts
    if (first === undefined) return null
    if (parts.length > 1) return Buffer.concat(parts)
    return first.length === chunk.length ? chunk : first
  }
}

function found(chunk: Buffer, byte: number, from: number): number {
  const at = chunk.indexOf(byte, from)
  return at === -1 ? chunk.length : at
}
