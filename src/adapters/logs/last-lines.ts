import { open, type FileHandle } from 'node:fs/promises'
import { join } from 'node:path'
import type { LogSegment } from '../../domain/log-segment.ts'
import { newline, readAt } from './bytes.ts'
import { openPart } from './part-bytes.ts'

/** A search for where the last lines begin, from the end of the newest file to the front of the oldest. */
export class LastLines {
  readonly #count: number
  /** Line breaks to be passed on the way; unknown until the last byte is seen, which may be one itself. */
  #left: number | undefined

  constructor(count: number) {
    this.#count = count
  }

  /** Where they begin between two offsets of a file; undefined when further ahead. Never holds more than a block. */
  async inFile(file: FileHandle, from: number, end: number): Promise<number | undefined> {
    for (let before = end; before > from;) {
      const start = Math.max(from, before - blockBytes)
      const at = this.#inBlock(await readAt(file, start, before - start))
      if (at !== undefined) return start + at
      before = start
    }
    return undefined
  }

  /** The same within a part: how many of its bytes to skip. */
  async inPart(folder: string, segment: LogSegment): Promise<number | undefined> {
    if (segment.compressed) return await this.#inPacked(folder, segment)
    const file = await open(join(folder, segment.name), 'r').catch(() => null)
    if (file === null) return await this.#inPacked(folder, segment)
    try {
      return await this.inFile(file, 0, (await file.stat()).size)
    } finally {
      await file.close()
    }
  }

  #inBlock(block: Buffer): number | undefined {
    if (block.length === 0) return undefined
    let left = this.#left ?? this.#count + (block.at(-1) === newline ? 1 : 0)
    for (
      let at = block.lastIndexOf(newline);
      at >= 0;
      at = at === 0 ? -1 : block.lastIndexOf(newline, at - 1)
    ) {
      left -= 1
      if (left === 0) return at + 1
    }
    this.#left = left
    return undefined
  }

  /** Read from its front, for there is no other way; the places of the last line breaks are kept, not the lines. */
  async #inPacked(folder: string, segment: LogSegment): Promise<number | undefined> {
    const places: number[] = []
    let length = 0
    let last = 0
    const wanted = this.#left ?? this.#count + 1
    for await (const chunk of (await openPart(folder, segment, 0)) ?? []) {
      for (let at = chunk.indexOf(newline); at >= 0; at = chunk.indexOf(newline, at + 1)) {
        places.push(length + at)
        if (places.length > 2 * wanted + 1000) places.splice(0, places.length - wanted)
      }
      length += chunk.length
      last = chunk.at(-1) ?? last
    }
    if (length === 0) return undefined
    const left = this.#left ?? this.#count + (last === newline ? 1 : 0)
    const place = places.at(-left)
    if (place !== undefined) return place + 1
    this.#left = left - places.length
    return undefined
  }
}

const blockBytes = 64 * 1024
