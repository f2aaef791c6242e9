import { BugError } from '../../errors.ts'
import { char, scalarEnd, skipSpace, startsWithMark, stoppedAt, stringEnd } from './json-tokens.ts'

/** Where a value stands in the bytes: from its first byte to behind its last. */
export interface ValueRange {
  start: number
  end: number
}

export type ScannedMembers =
  | {
      ok: true
      /** Where the object's brace is. */
      open: number
      empty: boolean
      /** Of the keys asked for, those that are there. */
      members: ReadonlyMap<string, ValueRange>
      /** Long strings that are no text (pictures, sound, documents, in base64), and their bytes. */
      blobs: number
      blobBytes: number
    }
  | { ok: false; problem: MembersProblem; at: number; key: string | null }

/**
 * unfinished: right as far as it goes. twice: a key asked for, of which one reader takes the first value and another the
 * last.
 */
export type MembersProblem = 'syntax' | 'unfinished' | 'no_object' | 'too_deep' | 'twice'

/** Real requests, tools with their schemas included, stay far below; no upstream should meet what overflows its stack. */
export const nestingMax = 500

/**
 * Finds members of the object that `bytes` hold, without building anything of the rest: a body of 32 MiB costs one pass and no
 * memory, where JSON.parse may take thirty times its size. What it accepts is JSON as in RFC 8259 (a byte order mark before it is
 * ignored), which is what JSON.parse accepts.
 */
export function scanMembers(bytes: Buffer, keys: ReadonlySet<string>): ScannedMembers {
  const scanned = new MembersScan(bytes, keys, brackets).goOn(Infinity)
  if (scanned === null) throw new BugError('a scan without bounds stopped')
  return scanned
}

/**
 * So many bytes at a time: some milliseconds of the densest JSON, in which nobody else is served. More are scanned in slices.
 */
export const sliceBytes = 256 * 1024

/** The same for a body of any size, a slice at a time. @param pause lets others be served in between */
export async function scanMembersInSlices(
  bytes: Buffer,
  keys: ReadonlySet<string>,
  pause: () => Promise<void>,
  bytesMax = sliceBytes,
): Promise<ScannedMembers> {
  const scan = new MembersScan(bytes, keys, new Uint8Array(nestingMax + 1))
  for (;;) {
    const scanned = scan.goOn(bytesMax)
    if (scanned !== null) return scanned
    await pause()
  }
}

const asks = { value: 0, firstElement: 1, key: 2, firstKey: 3, colon: 4, next: 5, nothing: 6 } as const
type Asks = (typeof asks)[keyof typeof asks]

/** Of the scan at hand, 1 where an object is open. One that does not pause can use the same as all others. */
const brackets = new Uint8Array(nestingMax + 1)

/** A pushdown automaton: what may come next, and which of the brackets that are open are objects. */
class MembersScan {
  readonly #bytes: Buffer
  readonly #keys: ReadonlySet<string>
  readonly #members = new Map<string, ValueRange>()
  readonly #isObject: Uint8Array
  #depth = 0
  #asked: Asks = asks.value
  #key: string | null = null
  #valueStart = 0
  #open = -1
  #empty = true
  #blobs = 0
  #blobBytes = 0
  #problem: MembersProblem = 'syntax'
  #at: number
  #until = 0
  /** Where in the string that begins at `#at` the last slice ended; 0: in none. */
  #inString = 0

  constructor(bytes: Buffer, keys: ReadonlySet<string>, isObject: Uint8Array) {
    this.#bytes = bytes
    this.#keys = keys
    this.#isObject = isObject
    this.#at = skipSpace(bytes, startsWithMark(bytes) ? 3 : 0)
  }

  /** Reads on. @returns null: after about so many bytes there are still more */
  goOn(bytesMax: number): ScannedMembers | null {
    const bytes = this.#bytes
    const { length } = bytes
    if (this.#open === -1) {
      if (bytes[this.#at] !== char.openBrace) return this.#refused('no_object', this.#at)
      this.#open = this.#at
    }
    this.#until = Math.max(this.#at, this.#inString) + bytesMax
    while (this.#at < length) {
      if (this.#at >= this.#until) return null
      const next = this.#take(bytes[this.#at] ?? 0, this.#at)
      if (next < 0) return this.#refused(this.#problem, ~next)
      if (next > length) {
        this.#inString = stoppedAt(bytes, next)
        return null
      }
      this.#at = skipSpace(bytes, next)
    }
    if (this.#asked !== asks.nothing) return this.#refused('syntax', bytes.length)
    return {
      ok: true,
      open: this.#open,
      empty: this.#empty,
      members: this.#members,
      blobs: this.#blobs,
      blobBytes: this.#blobBytes,
    }
  }

  #refused(problem: MembersProblem, at: number): ScannedMembers {
    const key = problem === 'twice' ? this.#key : null
    const ended = problem === 'syntax' && at >= this.#bytes.length
    return { ok: false, problem: ended ? 'unfinished' : problem, at, key }
  }

  /** Takes what starts at `at`. @returns where it ends; below 0: the complement of where it is wrong */
  #take(byte: number, at: number): number {
    switch (this.#asked) {
      case asks.firstElement:
        return byte === char.closeBracket ? this.#close(at) : this.#value(byte, at)
      case asks.value:
        return this.#value(byte, at)
      case asks.firstKey:
        return byte === char.closeBrace ? this.#close(at) : this.#name(byte, at)
      case asks.key:
        return this.#name(byte, at)
      case asks.colon:
        this.#asked = asks.value
        return byte === char.colon ? at + 1 : ~at
      case asks.next:
        return this.#next(byte, at)
      case asks.nothing:
        break
    }
    return ~at
  }

  #value(byte: number, at: number): number {
    if (this.#depth === 1) this.#valueStart = at
    if (byte === char.openBrace) return this.#push(1, at)
    if (byte === char.openBracket) return this.#push(0, at)
    const end = byte === char.quote ? this.#text(at) : scalarEnd(this.#bytes, byte, at)
    return this.#isEnd(end) ? this.#ended(end) : end
  }

  /** Neither wrong, nor still to come. */
  #isEnd(end: number): boolean {
    return end >= 0 && end <= this.#bytes.length
  }

  #string(at: number): number {
    const from = this.#inString === 0 ? at + 1 : this.#inString
    this.#inString = 0
    return stringEnd(this.#bytes, from, this.#until)
  }

  #text(at: number): number {
    const end = this.#string(at)
    if (this.#isEnd(end) && end - at >= blobBytesMin && isBlob(this.#bytes, at + 1)) {
      this.#blobs++
      this.#blobBytes += end - at
    }
    return end
  }

  #push(object: 0 | 1, at: number): number {
    if (this.#depth === nestingMax) {
      this.#problem = 'too_deep'
      return ~at
    }
    this.#depth++
    this.#isObject[this.#depth] = object
    this.#asked = object === 1 ? asks.firstKey : asks.firstElement
    return at + 1
  }

  #close(at: number): number {
    this.#depth--
    return this.#ended(at + 1)
  }

  /** A value has ended, at the depth where it began. */
  #ended(end: number): number {
    this.#asked = this.#depth === 0 ? asks.nothing : asks.next
    if (this.#depth === 1 && this.#key !== null) {
      this.#members.set(this.#key, { start: this.#valueStart, end })
      this.#key = null
    }
    return end
  }

  #name(byte: number, at: number): number {
    if (byte !== char.quote) return ~at
    const end = this.#string(at)
    if (!this.#isEnd(end)) return end
    this.#asked = asks.colon
    if (this.#depth !== 1) return end
    this.#empty = false
    this.#key = wanted(this.#bytes, at, end, this.#keys)
    if (this.#key === null || !this.#members.has(this.#key)) return end
    this.#problem = 'twice'
    return ~at
  }

  #next(byte: number, at: number): number {
    const object = this.#isObject[this.#depth] === 1
    if (byte === char.comma) {
      this.#asked = object ? asks.key : asks.value
      return at + 1
    }
    return byte === (object ? char.closeBrace : char.closeBracket) ? this.#close(at) : ~at
  }
}

/** A thumbnail may be shorter; then it counts as a few hundred tokens of text, which is about right. */
const blobBytesMin = 1024
const blobSample = 256

/** Base64, bare or in a data URL: text and source code have a space, an escape or a letter beyond ASCII soon enough. */
function isBlob(bytes: Buffer, from: number): boolean {
  for (let at = from; at < from + blobSample; at++) {
    const byte = bytes[at] ?? 0
    if (byte === 0x20 || byte === char.backslash || byte > 0x7e) return false
  }
  return true
}

/** Six bytes for each escaped letter of the longest key that anybody asks for. */
const keyBytesMax = 6 * 32

function wanted(bytes: Buffer, at: number, end: number, keys: ReadonlySet<string>): string | null {
  if (end - at > keyBytesMax) return null
  const raw = bytes.toString('latin1', at + 1, end - 1)
  const key = raw.includes('\\') ? String(JSON.parse(`"${raw}"`)) : raw
  return keys.has(key) ? key : null
}
