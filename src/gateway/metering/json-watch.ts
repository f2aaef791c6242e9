import { KeptBytes } from './kept-bytes.ts'
import type { KeyBits, WatchedNames } from './watched-names.ts'
import { keyBit, nameOf, nameBytesMax } from './watched-names.ts'

/** Hears what a watch finds. */
export interface Found {
  /**
   * A `usage` object, parsed.
   * @param outer it stands in the `response` or `message` of an event, not at its top
   */
  usage(reported: unknown, outer: boolean): void
}

/** Real ones have a few hundred bytes. */
export const usageBytesMax = 16_384

/**
 * Reads JSON as it passes, in pieces of any size, and builds nothing of it but `usage`. It knows how deep it is and under which
 * key, so that a `usage` in what a model wrote, in a tool's schema or in metadata is nobody's report. A tokenizer of a few
 * states: JSON.parse would need an answer whole, and embeddings have tens of megabytes. What is no JSON yields nothing.
 */
export class JsonWatch {
  /** Bytes of text that a model made: the strings under the counted keys, as they are written. */
  textBytes = 0
  /** `choices` stood at the top, and was an empty array. */
  choicesEmpty = false

  readonly #names: WatchedNames
  readonly #found: Found
  #depth = 0
  /** What the key means under which the next value stands. */
  #key: KeyBits = keyBit.none
  /** What the last string would mean if it is a key: a colon decides. */
  #name: KeyBits = keyBit.none
  /** A colon came: the next string is no key. */
  #isValue = false
  #inOuter = false
  #choicesOpened = false

  #inString = false
  #escaped = false
  #counting = false
  #nameLength = 0
  /** Made when the first text comes in two pieces, which most answers never have. */
  #carried: Buffer | null = null

  /** The depth at which the `usage` that is being kept stands; 0: none is. */
  #keptAt = 0
  #keptFrom = 0
  readonly #kept = new KeptBytes()

  constructor(names: WatchedNames, found: Found) {
    this.#names = names
    this.#found = found
  }

  /** As many brackets were closed as opened: what came is a whole, if it is anything. */
  get whole(): boolean {
    return this.#depth === 0
  }

  /** The next piece belongs to another document. */
  restart(): void {
    this.#depth = 0
    this.#key = this.#name = keyBit.none
    this.#isValue = this.#inOuter = this.#choicesOpened = this.choicesEmpty = false
    this.#inString = this.#escaped = this.#counting = false
    this.textBytes = 0
    this.#forget()
  }

  push(bytes: Buffer, from: number, to: number): void {
    this.#keptFrom = from
    let at = this.#inString ? this.#string(bytes, from, to, false) : from
    while (at < to) {
      const runFrom = at
      while (at < to && meaning[bytes[at] ?? 0] === 0) at++
      if (this.#choicesOpened && hasValue(bytes, runFrom, at)) this.#choicesOpened = false
      if (at < to) at = this.#meant(bytes, at, to)
    }
    if (this.#keptAt > 0) this.#keep(bytes, to)
  }

  /** Takes a byte that means something, a string whole. @returns where the next is */
  #meant(bytes: Buffer, at: number, to: number): number {
    const byte = bytes[at] ?? 0
    if (byte === quote) return this.#stringBegins(bytes, at, to)
    if (byte === colon) {
      this.#key = this.#name
      this.#isValue = true
      return at + 1
    }
    if (byte === openBrace) this.#opened(at)
    else if (byte === openBracket)
      this.#choicesOpened = this.#depth++ === 1 && (this.#key & keyBit.choices) !== 0
    else if (byte !== comma) this.#closed(byte, bytes, at)
    this.#key = this.#name = keyBit.none
    this.#isValue = false
    return at + 1
  }

  #stringBegins(bytes: Buffer, at: number, to: number): number {
    this.#inString = true
    this.#choicesOpened = false
    this.#counting = (this.#key & keyBit.counted) !== 0
    return this.#string(bytes, at + 1, to, true)
  }

  /** @returns behind the string's end, or `to` when that is still to come */
  #string(bytes: Buffer, from: number, to: number, begins: boolean): number {
    let at = this.#escaped ? from + 1 : from
    this.#escaped = false
    while (at < to) {
      while (at < to && endsRun[bytes[at] ?? 0] === 0) at++
      if (at < to && bytes[at] === quote) return this.#stringEnded(bytes, from, at, begins)
      // A backslash, and what it escapes.
      if (at < to) at += 2
    }
    this.#escaped = at > to
    this.#carry(bytes, from, to, begins)
    return to
  }

  #stringEnded(bytes: Buffer, from: number, at: number, begins: boolean): number {
    this.#inString = false
    if (this.#counting) this.textBytes += at - from
    if (!this.#isValue) this.#name = this.#named(bytes, from, at, begins)
    return at + 1
  }

  #named(bytes: Buffer, from: number, to: number, begins: boolean): KeyBits {
    if (begins) return nameOf(this.#names, bytes, from, to)
    this.#carry(bytes, from, to, false)
    return this.#carried === null ? keyBit.none : nameOf(this.#names, this.#carried, 0, this.#nameLength)
  }

  /** A key may come in two pieces. */
  #carry(bytes: Buffer, from: number, to: number, begins: boolean): void {
    if (this.#counting && this.#inString) this.textBytes += to - from
    if (begins) this.#nameLength = 0
    this.#carried ??= Buffer.alloc(nameBytesMax)
    if (this.#nameLength <= nameBytesMax) bytes.copy(this.#carried, this.#nameLength, from, to)
    this.#nameLength += to - from
  }

  #opened(at: number): void {
    this.#choicesOpened = false
    const depth = this.#depth
    const key = this.#key
    if (depth === 1 && (key & keyBit.outer) !== 0) this.#inOuter = true
    const reports = depth === 1 || (depth === 2 && this.#inOuter)
    if (reports && (key & keyBit.usage) !== 0 && this.#keptAt === 0) {
      this.#keptAt = depth
      this.#keptFrom = at
    }
    this.#depth++
  }

  #closed(byte: number, bytes: Buffer, at: number): void {
    if (this.#choicesOpened && byte === closeBracket) this.choicesEmpty = true
    this.#choicesOpened = false
    this.#depth--
    if (this.#keptAt > 0 && this.#depth === this.#keptAt) this.#report(bytes, at + 1)
    if (this.#depth === 1) this.#inOuter = false
  }

  #report(bytes: Buffer, to: number): void {
    const outer = this.#keptAt === 2
    this.#keep(bytes, to)
    const fits = this.#kept.length <= usageBytesMax
    const reported = fits ? parsed(this.#kept.take()) : null
    this.#forget()
    if (reported !== null) this.#found.usage(reported, outer)
  }

  #keep(bytes: Buffer, to: number): void {
    const room = usageBytesMax + 1 - this.#kept.length
    this.#kept.add(bytes, this.#keptFrom, Math.min(to, this.#keptFrom + room))
  }

  #forget(): void {
    this.#keptAt = 0
    this.#kept.clear()
  }
}

const quote = 0x22
const comma = 0x2c
const colon = 0x3a
const openBracket = 0x5b
const backslash = 0x5c
const closeBracket = 0x5d
const openBrace = 0x7b

/** Bytes that mean something outside of strings, and bytes that end a run of ordinary ones within: tables, for a tight loop. */
const meaning = new Uint8Array(256)
for (const byte of Buffer.from('",:[]{}')) meaning[byte] = 1
const endsRun = new Uint8Array(256)
endsRun[quote] = endsRun[backslash] = 1

/** Whether something stands there besides white space. */
function hasValue(bytes: Buffer, from: number, to: number): boolean {
  for (let at = from; at < to; at++) if ((bytes[at] ?? 0) > 0x20) return true
  return false
}

function parsed(bytes: Buffer | null): unknown {
  try {
    return bytes === null ? null : JSON.parse(bytes.toString('utf8'))
  } catch {
    return null
  }
}
