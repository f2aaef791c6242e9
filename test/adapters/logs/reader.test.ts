import { appendFile, rename, rm, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { systemClock } from '../../../src/adapters/clock.ts'
import { createLogReader } from '../../../src/adapters/logs/reader.ts'
import { createLogRotator } from '../../../src/adapters/logs/rotator.ts'
import type { LogPiece } from '../../../src/ports/log-files.ts'
import { everything, limits, lines, logPlace, readAll, textOf } from './place.ts'

let place: Awaited<ReturnType<typeof logPlace>>
let path: string
beforeEach(async () => {
  place = await logPlace()
  path = place.path
})
afterEach(() => place.remove())

const clock = systemClock()
const rotate = (more: Partial<typeof limits> = {}) =>
  createLogRotator({ clock }).rotate(path, { ...limits, ...more })

describe('the last lines', () => {
  it.each([
    ['', 3, ''],
    ['one\n', 3, 'one\n'],
    ['one\ntwo\nthree\n', 2, 'two\nthree\n'],
    ['one\ntwo', 1, 'two'],
    ['\n\n\n', 2, '\n\n'],
  ])('of %j, %i', async (text, count, expected) => {
    await writeFile(path, text)
    expect(await readAll(path, { lines: count })).toBe(expected)
  })

  it.each([false, true])('reach back into parts (compressed: %s)', async (compress) => {
    await writeFile(path, lines(1000))
    await rotate({ compress, rotateSizeBytes: 3000 })
    await appendFile(path, lines(10, 1000))
    for (const count of [1, 10, 11, 200, 500, 999, 1010, 5000])
      expect(await readAll(path, { lines: count }), `${count}`).toBe(
        lines(Math.min(count, 1010), Math.max(0, 1010 - count)),
      )
  })

  it('right after a rotation, when the log itself is empty', async () => {
    await writeFile(path, lines(1000))
    await rotate({ rotateSizeBytes: 9890 })
    expect(await readAll(path, { lines: 3 })).toBe(lines(3, 997))
  })

  it('of a line longer than all memory that is given to it', async () => {
    await writeFile(path, `${'x'.repeat(3_000_000)}\nlast\n`)
    expect(await readAll(path, { lines: 1 })).toBe('last\n')
    expect(await readAll(path, { lines: 2 })).toHaveLength(3_000_006)
  })
})

it('passes over parts that were over by a time', async () => {
  await writeFile(path, lines(200))
  const { cutOff } = await rotate()
  await appendFile(path, lines(1, 200))
  expect(cutOff.length).toBeGreaterThan(0)
  expect(await readAll(path, { sinceMs: clock.wallMs() + 1 })).not.toContain('line 0\n')
  expect(await readAll(path, { sinceMs: 0 })).toBe(lines(201))
})

it('begins near a time in the log itself, where its lines tell theirs', async () => {
  const start = Date.UTC(2026, 0, 1)
  const timedLine = (second: number) => `${new Date(start + second * 1000).toISOString()} ${'x'.repeat(75)}\n`
  const text = Array.from({ length: 40_000 }, (_, second) => timedLine(second)).join('')
  await writeFile(path, text)
  const timeOf = (line: Buffer) => Date.parse(line.toString('utf8', 0, 24)) || undefined
  const read = await readAll(path, { sinceMs: start + 30_000_000, timeOf })
  expect(text.endsWith(read)).toBe(true)
  expect(read.length).toBeGreaterThanOrEqual(10_000 * 101)
  expect(read.length).toBeLessThan(text.length / 2)
  expect(await readAll(path, { sinceMs: start + 30_000_000, timeOf: () => undefined })).toBe(text)
})

it('there is nothing to read', async () => {
  expect(await createLogReader(path, clock).exists()).toBe(false)
  expect(await readAll(path)).toBe('')
  await writeFile(path, lines(200))
  await rotate()
  await rm(path)
  expect(await createLogReader(path, clock).exists()).toBe(true)
})

describe('following', () => {
  let stop: AbortController
  let pieces: AsyncIterator<LogPiece>
  beforeEach(() => {
    stop = new AbortController()
    const followed = createLogReader(path, clock).read({ ...everything, follow: true }, stop.signal)
    pieces = followed[Symbol.asyncIterator]()
  })
  afterEach(async () => {
    stop.abort()
    await pieces.return?.()
  })

  /** What comes, until it ends so. */
  async function until(end: string): Promise<string> {
    let text = ''
    while (!text.endsWith(end)) {
      const next = await pieces.next()
      if (next.done === true) throw new Error(`ended after ${JSON.stringify(text)}`)
      text += textOf(next.value)
    }
    return text
  }

  it('goes on across rotations as if there were none', async () => {
    await writeFile(path, lines(100))
    expect(await until('<end>')).toBe(`${lines(100)}<end>`)
    for (let round = 1; round <= 5; round++) {
      await appendFile(path, lines(100, round * 100))
      await rotate({ compress: round % 2 === 0 })
      expect(await until(`line ${round * 100 + 99}\n`)).toBe(lines(100, round * 100))
    }
  })

  it('catches up with what was cut off before it was read, and says what was deleted', async () => {
    await writeFile(path, lines(100))
    await until('<end>')
    await appendFile(path, lines(1000, 100))
    await rotate()
    expect(await until('line 1099\n')).toBe(lines(1000, 100))
    await appendFile(path, lines(1000, 1100))
    await rotate({ keep: 1 })
    await appendFile(path, lines(1, 2100))
    expect(await until('line 2100\n')).toMatch(/^<gap>line/)
  })

  it('waits for a log, and goes on in one that replaced it or was truncated', async () => {
    expect(await until('<end>')).toBe('<end>')
    await writeFile(path, 'one\n')
    expect(await until('one\n')).toBe('one\n')
    await rename(path, join(place.folder, 'old'))
    await writeFile(path, 'other\n')
    expect(await until('other\n')).toBe('other\n')
    await truncate(path, 0)
    await appendFile(path, 'new\n')
    expect(await until('new\n')).toBe('new\n')
  })

  it('ends when it is told to', async () => {
    await writeFile(path, 'one\n')
    await until('<end>')
    const next = pieces.next()
    stop.abort()
    expect(await next).toEqual({ done: true, value: undefined })
  })
})
