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

  private readonly names: WatchedNames
  private readonly found: Found
  private depth = 0
  /** What the key means under which the next value stands. */
  private key: KeyBits = keyBit.none
  /** What the last string would mean if it is a key: a colon decides. */
  private name: KeyBits = keyBit.none
  private inOuter = false
  private choicesOpened = false

  private inString = false
  private escaped = false
  private counting = false
  private nameLength = 0
  private readonly carried = Buffer.alloc(nameBytesMax)

  /** The depth at which the `usage` that is being kept stands; 0: none is. */
  private keptAt = 0
  private keptFrom = 0
  private readonly kept = new KeptBytes()

  constructor(names: WatchedNames, found: Found) {
    this.names = names
    this.found = found
  }

  /** The next piece belongs to another document. */
  restart(): void {
    this.depth = 0
    this.key = this.name = keyBit.none
    this.inOuter = this.choicesOpened = this.choicesEmpty = false
    this.inString = this.escaped = this.counting = false
    this.textBytes = 0
    this.forget()
  }

  push(bytes: Buffer, from: number, to: number): void {
    this.keptFrom = from
    let at = this.inString ? this.string(bytes, from, to, false) : from
    while (at < to) {
      const byte = bytes[at] ?? 0
      if (byte === quote) {
        this.inString = true
        this.choicesOpened = false
        this.counting = (this.key & keyBit.counted) !== 0
        at = this.string(bytes, at + 1, to, true)
      } else {
        if (byte === comma) this.key = this.name = keyBit.none
        else if (byte === colon) this.key = this.name
        else if (byte > 0x20) this.other(byte, bytes, at)
        at++
      }
    }
    if (this.keptAt > 0) this.keep(bytes, to)
  }

  /** @returns behind the string's end, or `to` when that is still to come */
  private string(bytes: Buffer, from: number, to: number, begins: boolean): number {
    let at = from
    if (this.escaped && at < to) {
      this.escaped = false
      at++
    }
    while (at < to) {
      const byte = bytes[at] ?? 0
      if (byte === quote) return this.stringEnded(bytes, from, at, begins)
      at += byte === backslash ? 2 : 1
    }
    this.escaped = at > to
    this.carry(bytes, from, to, begins)
    return to
  }

  private stringEnded(bytes: Buffer, from: number, at: number, begins: boolean): number {
    this.inString = false
    if (this.counting) this.textBytes += at - from
    if (begins) this.name = at - from > nameBytesMax ? keyBit.none : nameOf(this.names, bytes, from, at)
    else {
      this.carry(bytes, from, at, false)
      this.name = nameOf(this.names, this.carried, 0, this.nameLength)
    }
    return at + 1
  }

  /** A key may come in two pieces. */
  private carry(bytes: Buffer, from: number, to: number, begins: boolean): void {
    if (this.counting && this.inString) this.textBytes += to - from
    if (begins) this.nameLength = 0
    if (this.nameLength <= nameBytesMax) bytes.copy(this.carried, this.nameLength, from, to)
    this.nameLength += to - from
  }

  /** A bracket, or a part of a number or of a word. */
  private other(byte: number, bytes: Buffer, at: number): void {
    if (byte === closeBracket || byte === closeBrace) this.closed(byte, bytes, at)
    else if (byte === openBrace) this.opened(at)
    else if (byte === openBracket)
      this.choicesOpened = this.depth++ === 1 && (this.key & keyBit.choices) !== 0
    else {
      this.choicesOpened = false
      return
    }
    this.key = this.name = keyBit.none
  }

  private opened(at: number): void {
    this.choicesOpened = false
    const { depth, key } = this
    if (depth === 1 && (key & keyBit.outer) !== 0) this.inOuter = true
    const reports = depth === 1 || (depth === 2 && this.inOuter)
    if (reports && (key & keyBit.usage) !== 0 && this.keptAt === 0) {
      this.keptAt = depth
      this.keptFrom = at
    }
    this.depth++
  }

  private closed(byte: number, bytes: Buffer, at: number): void {
    if (this.choicesOpened && byte === closeBracket) this.choicesEmpty = true
    this.choicesOpened = false
    this.depth--
    if (this.keptAt > 0 && this.depth === this.keptAt) this.report(bytes, at + 1)
    if (this.depth === 1) this.inOuter = false
  }

  private report(bytes: Buffer, to: number): void {
    const outer = this.keptAt === 2
    this.keep(bytes, to)
    const fits = this.kept.length <= usageBytesMax
    const reported = fits ? parsed(this.kept.take()) : null
    this.forget()
    if (reported !== null) this.found.usage(reported, outer)
  }

  private keep(bytes: Buffer, to: number): void {
    const room = usageBytesMax + 1 - this.kept.length
    this.kept.add(bytes, this.keptFrom, Math.min(to, this.keptFrom + room))
  }

  private forget(): void {
    this.keptAt = 0
    this.kept.clear()
  }
}

const quote = 0x22
const comma = 0x2c
const colon = 0x3a
const openBracket = 0x5b
const backslash = 0x5c
const closeBracket = 0x5d
const openBrace = 0x7b
const closeBrace = 0x7d

function parsed(bytes: Buffer | null): unknown {
  try {
    return bytes === null ? null : JSON.parse(bytes.toString('utf8'))
  } catch {
    return null
  }
}
