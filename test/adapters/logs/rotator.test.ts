import {
  appendFile,
  link,
  mkdir,
  open,
  readFile,
  rm,
  stat,
  statfs,
  symlink,
  truncate,
  writeFile,
} from 'node:fs/promises'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import * as fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createHoles, type Holes } from '../../../src/adapters/logs/holes.ts'
import { createLogRotator } from '../../../src/adapters/logs/rotator.ts'
import { OperationalError } from '../../../src/errors.ts'
import { type FakeClock, fakeClock } from '../../fakes/clock.ts'
import { limits, lines, logPlace, readAll } from './place.ts'

/** What statfs(2) calls ext4 and XFS. */
const collapsing = new Set([0xef53, 0x58465342])

let place: Awaited<ReturnType<typeof logPlace>>
let clock: FakeClock
let path: string
beforeEach(async () => {
  place = await logPlace()
  path = place.path
  clock = fakeClock({ wallMs: Date.UTC(2026, 10, 21) })
})
afterEach(() => place.remove())

const zeros = (count: number): string => '\0'.repeat(count)
const rotator = (holes?: Holes) => createLogRotator({ clock, ...(holes ? { holes } : {}) })
const diskBytes = async () => (await stat(path)).blocks * 512

describe('a log that is due', () => {
  it('is left alone below its size', async () => {
    await writeFile(path, lines(10))
    expect(await rotator().rotate(path, limits)).toEqual({ liveBytes: 70, cutOff: [], deleted: [] })
    expect(await place.parts()).toEqual([])
  })

  it('is cut off in whole lines, its front freed, its writer undisturbed', async () => {
    const writer = await open(path, 'a')
    await writer.write(lines(40_000) + 'begun')
    const rotation = await rotator().rotate(path, { ...limits, rotateSizeBytes: 100_000 })
    expect(rotation.cutOff).toHaveLength(4)
    expect(rotation.liveBytes).toBeLessThan(100_000)
    expect(await diskBytes()).toBeLessThan(110_000)
    for (const part of rotation.cutOff) {
      expect((await stat(join(place.folder, part))).size).toBeLessThanOrEqual(100_000)
      expect(await place.partText(part)).toMatch(/^line \d+\n[^]*\n$/)
    }
    await writer.write(' and ended\n')
    await writer.close()
    expect(await readAll(path)).toBe(lines(40_000) + 'begun and ended\n')
  })

  it('is cut where a part is full when a line is longer; together the line is whole', async () => {
    const text = `first\n${'x'.repeat(5000)}\nlast\n`
    await writeFile(path, text)
    const { cutOff } = await rotator().rotate(path, limits)
    expect(cutOff).toHaveLength(6)
    expect(await readAll(path)).toBe(text)
  })

  it('is cut off by its age, but for a line that is only begun', async () => {
    const old = { ...limits, rotateAgeMs: 86_400_000 }
    await writeFile(path, 'one\nbegun')
    const subject = rotator()
    // The file is younger than the clock that is ours to set.
    clock.jumpWall(365 * 86_400_000)
    expect((await subject.rotate(path, old)).cutOff).toHaveLength(1)
    clock.jumpWall(86_400_000)
    expect((await subject.rotate(path, old)).cutOff).toEqual([])
    await appendFile(path, '\n')
    clock.jumpWall(86_400_000)
    expect((await subject.rotate(path, old)).cutOff).toHaveLength(1)
    expect(await readAll(path)).toBe('one\nbegun\n')
  })

  it('keeps so many parts and deletes the oldest', async () => {
    await writeFile(path, lines(1000))
    const { cutOff, deleted } = await rotator().rotate(path, { ...limits, keep: 2 })
    expect(deleted).toEqual(cutOff.slice(0, -2))
    expect(await place.parts()).toEqual(cutOff.slice(-2))
    const rest = await readAll(path)
    expect(lines(1000).endsWith(rest)).toBe(true)
    expect(rest).toMatch(/^line/)
  })

  it('is compressed', async () => {
    await writeFile(path, lines(1000))
    const { cutOff } = await rotator().rotate(path, { ...limits, rotateSizeBytes: 5000, compress: true })
    const parts = await place.parts()
    expect(parts).toEqual(cutOff.map((name) => `${name}.gz`))
    const texts = await Promise.all(
      parts.map(async (name) => gunzipSync(await readFile(join(place.folder, name)))),
    )
    expect(lines(1000).startsWith(Buffer.concat(texts).toString())).toBe(true)
    expect(await readAll(path)).toBe(lines(1000))
  })

  it('goes on from its parts with another daemon', async () => {
    let text = ''
    for (let round = 0; round < 5; round++) {
      const more = lines(300, round * 300)
      await appendFile(path, more)
      text += more
      await rotator().rotate(path, { ...limits, compress: round % 2 === 0 })
    }
    expect(await readAll(path)).toBe(text)
  })

  it('keeps stamps in order when the clock is set back', async () => {
    const subject = rotator()
    await writeFile(path, lines(300))
    await subject.rotate(path, limits)
    clock.jumpWall(-3_600_000)
    await appendFile(path, lines(300, 300))
    await subject.rotate(path, limits)
    expect(await readAll(path)).toBe(lines(600))
  })

  it('may hold anything: every byte is kept', async () => {
    const chunks = fc.array(fc.oneof(fc.uint8Array({ maxLength: 3000 }), fc.constant(Buffer.from('\n'))), {
      maxLength: 20,
    })
    await fc.assert(
      fc.asyncProperty(chunks, async (written) => {
        await Promise.all((await place.parts()).map((name) => rm(join(place.folder, name))))
        await rm(path, { force: true })
        const subject = rotator(createHoles([]))
        // Zeros at the very front would be taken for freed bytes.
        const all = Buffer.concat([Buffer.from('x\n'), ...written.map((chunk) => Buffer.from(chunk))])
        await writeFile(path, 'x\n')
        for (const chunk of written) {
          await appendFile(path, chunk)
          await subject.rotate(path, limits)
        }
        expect(await readAll(path)).toBe(all.toString('utf8'))
      }),
      { numRuns: 25 },
    )
  })
})

describe('a log that somebody touched', () => {
  const rotated = async () => {
    const subject = rotator()
    await writeFile(path, lines(300))
    await subject.rotate(path, limits)
    return subject
  }

  it('removed: there is none, and a new one is its own', async () => {
    const subject = await rotated()
    await rm(path)
    expect(await subject.rotate(path, limits)).toEqual({ liveBytes: null, cutOff: [], deleted: [] })
    await writeFile(path, lines(500, 1000))
    await subject.rotate(path, limits)
    expect((await readAll(path)).endsWith(`\n${lines(500, 1000)}`)).toBe(true)
  })

  it('replaced by a longer one while no daemon was there', async () => {
    await rotated()
    await rm(path)
    await writeFile(path, lines(1500, 1000))
    await rotator().rotate(path, limits)
    expect((await readAll(path)).endsWith(`\n${lines(1500, 1000)}`)).toBe(true)
  })

  it('truncated', async () => {
    const subject = await rotated()
    await truncate(path, 0)
    await appendFile(path, lines(200, 1000))
    await subject.rotate(path, limits)
    expect((await readAll(path)).endsWith(`\n${lines(200, 1000)}`)).toBe(true)
  })

  it.each([
    ['at its front', () => `${zeros(8192)}${lines(300)}`],
    ['between lines', () => `${lines(2000)}${zeros(100_000)}${lines(300, 2000)}`],
    ['at its front and between', () => `${zeros(8192)}${lines(2000)}${zeros(100_000)}${lines(300, 2000)}`],
  ])('with zeros that its writer wrote %s: they are text like any other, and no hole', async (_, text) => {
    const written = text()
    await writeFile(path, written)
    expect(await readAll(path)).toBe(written)
    await rotator().rotate(path, { ...limits, rotateSizeBytes: 1_000_000 })
    expect(await readFile(path, 'latin1')).toBe(written)
    await rotator().rotate(path, { ...limits, rotateSizeBytes: 50_000 })
    expect(await readAll(path)).toBe(written)
  })

  it('without its parts: what is left begins behind the hole', async () => {
    await writeFile(path, lines(3000))
    await rotator().rotate(path, { ...limits, rotateSizeBytes: 20_000 })
    for (const part of await place.parts()) await rm(join(place.folder, part))
    const left = await readAll(path)
    expect(lines(3000).endsWith(left)).toBe(true)
    expect(left).toMatch(/^line/)
  })
})

describe('what is no log is not touched', () => {
  const codeOf = async (subject = rotator()) =>
    await subject.rotate(path, limits).then(
      () => 'rotated',
      (error: unknown) => (error instanceof OperationalError ? error.code : String(error)),
    )

  it('a symbolic link, a second name, a folder', async () => {
    const other = join(place.folder, 'precious')
    await writeFile(other, lines(1000))
    await symlink(other, path)
    expect(await codeOf()).toBe('logs.not_a_log')
    await rm(path)
    await link(other, path)
    expect(await codeOf()).toBe('logs.not_a_log')
    await rm(path)
    await mkdir(path)
    expect(await codeOf()).toBe('logs.not_a_log')
    expect(await readFile(other, 'utf8')).toBe(lines(1000))
  })

  it('where nothing can be freed, nothing is copied', async () => {
    await writeFile(path, lines(1000))
    const reason = new OperationalError('no', { code: 'logs.no_holes', retryable: true })
    const none: Holes = { punch: () => Promise.reject(reason), collapse: async () => false }
    expect(await codeOf(rotator(none))).toBe('logs.no_holes')
    expect(await place.parts()).toEqual([])
    expect(await readFile(path, 'utf8')).toBe(lines(1000))
  })
})

describe.each([
  ['the program fallocate', createHoles(), () => open('/dev/null', 'r+')],
  ["Node's foreign functions", createHoles([]), () => open(import.meta.filename, 'r')],
])('freeing by %s', (_, holes, openUnfit) => {
  it('zeroes exactly what was asked for', async () => {
    await writeFile(path, lines(10_000))
    const before = await readFile(path)
    const file = await open(path, 'r+')
    await holes.punch(file, 5, 50_001)
    await file.close()
    const after = await readFile(path)
    expect(after.subarray(5, 50_001).every((byte) => byte === 0)).toBe(true)
    expect(after.subarray(50_001).equals(before.subarray(50_001))).toBe(true)
    expect(after.subarray(0, 5).equals(before.subarray(0, 5))).toBe(true)
    expect(await diskBytes()).toBeLessThan(before.length - 40_000)
  })

  it('says why it cannot', async () => {
    const file = await openUnfit()
    await expect(holes.punch(file, 0, 4096)).rejects.toMatchObject({ code: 'logs.no_holes' })
    await file.close()
  })

  it('takes the front out of a file that has become long', async (context) => {
    if (!collapsing.has((await statfs(place.folder)).type)) context.skip('only ext4 and XFS can')
    const writer = await open(path, 'a')
    const subject = createLogRotator({ clock, holes, collapseAtBytes: 50_000 })
    let text = ''
    for (let round = 0; round < 12; round++) {
      const more = lines(1000, round * 1000)
      text += more
      await writer.write(more)
      await subject.rotate(path, { ...limits, rotateSizeBytes: 8000 })
    }
    await writer.close()
    expect((await stat(path)).size).toBeLessThan(70_000)
    expect(await readAll(path)).toBe(text)
  })
})
