import * as fc from 'fast-check'
import { execFileSync, spawnSync } from 'node:child_process'
import { createWriteStream } from 'node:fs'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Writable } from 'node:stream'
import { zstdCompressSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { peekManifest, readArchive } from '../../../src/adapters/backup/archive-reader.ts'
import { createArchiveWriter } from '../../../src/adapters/backup/archive-writer.ts'
import { decodeHeader, encodeHeader } from '../../../src/adapters/backup/tar.ts'
import { fakeRandom } from '../../fakes/random.ts'
import { manifestOf } from '../../support/backup.ts'

let dir: string
beforeAll(async () => void (dir = await mkdtemp(join(tmpdir(), 'jrctl-archive-'))))
afterAll(() => rm(dir, { recursive: true, force: true }))

/** Content that does not compress to nothing, the same each time. */
const noise = (bytes: number) => {
  const random = fakeRandom(bytes)
  return Buffer.from(Array.from({ length: bytes }, () => Math.floor(random.unit() * 256)))
}
const contents = new Map([
  ['state/state.sqlite', noise(70_001)],
  ['state/node-id', Buffer.from('host-1a2b\n')],
  ['postgres/data/base/5/1259', noise(16_384)],
  ['postgres/data/base/5/empty', Buffer.alloc(0)],
  [`postgres/data/${'a'.repeat(60)}/${'b'.repeat(90)}`, Buffer.from('long')],
])

async function* inParts(buffer: Buffer): AsyncGenerator<Buffer> {
  for (let at = 0; at < buffer.length; at += 1_000) yield buffer.subarray(at, at + 1_000)
}

async function archive(name: string, manifest: object = manifestOf()): Promise<string> {
  const file = join(dir, name)
  const writer = createArchiveWriter(createWriteStream(file), { modified: 1_795_338_900 })
  await writer.text('manifest.json', JSON.stringify(manifest))
  await writer.folder('postgres/data')
  for (const [path, content] of contents) await writer.file(path, content.length, inParts(content))
  await writer.finish()
  return file
}

async function allOf(file: string): Promise<Map<string, Buffer>> {
  const found = new Map<string, Buffer>()
  await readArchive(file, {
    async visit({ path, kind, content }) {
      const parts: Buffer[] = []
      for await (const part of content) parts.push(part)
      if (kind === 'file') found.set(path, Buffer.concat(parts))
    },
  })
  return found
}

describe('an archive', () => {
  it('gives back what was put in, whether it is looked at or passed over', async () => {
    const file = await archive('whole')
    expect(await allOf(file)).toEqual(contents)
    const { manifest, files, bytes } = await readArchive(file)
    expect({ manifest, files }).toEqual({ manifest: manifestOf(), files: contents.size + 1 })
    expect(bytes).toBe((await readFile(file)).length)
    expect(await peekManifest(file)).toEqual(manifestOf())
  })

  it('gives the rest to nobody when its reader has enough of a file', async () => {
    const file = await archive('enough')
    await readArchive(file, {
      async visit({ content }) {
        for await (const _ of content) break
      },
    })
  })

  const hasTar = spawnSync('tar', ['--version']).status === 0 && spawnSync('zstd', ['--version']).status === 0
  it.skipIf(!hasTar)('is unpacked, and its sums are right, by tar and sha256sum alone', async () => {
    const file = await archive('plain.tar.zst')
    execFileSync('sh', ['-c', `cd ${dir} && mkdir out && zstd -dc ${file} | tar -xf - -C out`])
    execFileSync('sha256sum', ['--check', '--strict', '--quiet', 'SHA256SUMS'], { cwd: join(dir, 'out') })
    expect(await readFile(join(dir, 'out/state/state.sqlite'))).toEqual(contents.get('state/state.sqlite'))
  })

  it('is refused with any byte changed, whichever it is', async () => {
    const whole = await readFile(await archive('sound'))
    const file = join(dir, 'flipped')
    await fc.assert(
      fc.asyncProperty(fc.nat(whole.length - 1), fc.integer({ min: 1, max: 255 }), async (at, mask) => {
        const copy = Buffer.from(whole)
        copy[at] = (copy[at] ?? 0) ^ mask
        await writeFile(file, copy)
        await expect(readArchive(file)).rejects.toMatchObject({ code: expect.stringMatching(/^backup\./) })
      }),
      { numRuns: 300 },
    )
  })

  it('is refused cut off anywhere, and with anything behind it', async () => {
    const whole = await readFile(await archive('long'))
    const file = join(dir, 'cut')
    await fc.assert(
      fc.asyncProperty(fc.nat(whole.length - 1), async (length) => {
        await writeFile(file, whole.subarray(0, length))
        await expect(readArchive(file)).rejects.toMatchObject({ code: expect.stringMatching(/^backup\./) })
      }),
      { numRuns: 100 },
    )
    await writeFile(file, Buffer.concat([whole, Buffer.from('x')]))
    await expect(readArchive(file)).rejects.toMatchObject({ code: 'backup.damaged' })
  })

  it('is not taken for cut short where something was written behind its end', async () => {
    const file = await archive('behind')
    const bytes = await readFile(file)
    await writeFile(file, Buffer.concat([bytes, Buffer.from('a line of a log\n')]))
    await expect(readArchive(file)).rejects.toThrow(
      `something was written behind its end, which is at byte ${bytes.length} of ${bytes.length + 16}`,
    )
  })

  it('names what is damaged, or where it ends', async () => {
    const whole = await readFile(await archive('named'))
    const file = join(dir, 'wrong')
    await writeFile(file, whole.subarray(0, whole.length - 100))
    await expect(readArchive(file)).rejects.toThrow(/is cut short: /)
    const copy = Buffer.from(whole)
    const middle = Math.floor(whole.length / 3)
    copy[middle] = (copy[middle] ?? 0) ^ 0xff
    await writeFile(file, copy)
    await expect(readArchive(file)).rejects.toThrow(/is damaged: .*state\/state\.sqlite/)
  })

  it.each([
    ['an empty file', ''],
    ['a text', 'hello, world\n'.repeat(100)],
  ])('is not what %s is', async (_, text) => {
    const file = join(dir, 'other')
    await writeFile(file, text)
    await expect(readArchive(file)).rejects.toMatchObject({ code: 'backup.foreign' })
    expect(await peekManifest(file)).toBeNull()
  })

  it.each([
    ['no archive', noise(2_000)],
    ['an archive', encodeHeader({ path: 'notes.txt', bytes: 0, kind: 'file', mode: 0o600, modified: 0 })],
  ])('is not what somebody else has compressed: %s', async (_, content) => {
    const file = join(dir, 'foreign.tar.zst')
    await writeFile(file, zstdCompressSync(content))
    await expect(readArchive(file)).rejects.toMatchObject({ message: `${file} is not a backup of jrctl` })
  })

  it('of another program, or of a newer jrctl, is refused by name', async () => {
    await expect(readArchive(await archive('p', { program: 'other', format: 1 }))).rejects.toMatchObject({
      code: 'backup.foreign',
    })
    const newer = await archive('n', { program: 'jrctl', format: 2, version: '7.0.0' })
    await expect(readArchive(newer)).rejects.toThrow(/written by jrctl 7\.0\.0, in format 2/)
  })

  it('takes no name that leads elsewhere', async () => {
    const file = join(dir, 'evil')
    const writer = createArchiveWriter(createWriteStream(file), { modified: 0 })
    await writer.text('manifest.json', JSON.stringify(manifestOf()))
    await writer.text('postgres/data/../../../etc/cron.d/x', 'no')
    await writer.finish()
    await expect(readArchive(file)).rejects.toThrow(/does not belong into a backup/)
  })
})

describe('an archive that cannot be written', () => {
  it('tells why, to whoever writes next, and ends', async () => {
    let taken = 0
    const full = new Writable({
      write(chunk: Buffer, _, done) {
        taken += chunk.length
        done(
          taken > 100_000 ? Object.assign(new Error('no space'), { code: 'ENOSPC', syscall: 'write' }) : null,
        )
      },
    })
    const writer = createArchiveWriter(full, { modified: 0 })
    const endless = async () => {
      for (let n = 0; n < 10_000; n += 1) {
        const content = noise(50_000 + n)
        await writer.file(`postgres/data/${n}`, content.length, inParts(content))
      }
    }
    await expect(endless()).rejects.toMatchObject({ code: 'ENOSPC' })
    await writer.abandon()
  })

  it('ends when it is told to', async () => {
    const controller = new AbortController()
    const stuck = new Writable({ write() {} })
    const writer = createArchiveWriter(stuck, { modified: 0, signal: controller.signal })
    const writing = (async () => {
      for (let n = 0; n < 1_000; n += 1)
        await writer.file(`postgres/data/${n}`, 70_000, inParts(noise(70_000)))
    })()
    controller.abort()
    await expect(writing).rejects.toMatchObject({ name: 'AbortError' })
    await writer.abandon()
  })
})

describe('a header', () => {
  it('reads as it was written, also of a file beyond eight gigabytes', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 2 ** 46 }), (bytes) => {
        const header = { path: 'state/state.sqlite', kind: 'file' as const, bytes, mode: 0o600, modified: 5 }
        expect(decodeHeader(encodeHeader(header))).toEqual({ kind: 'entry', header })
      }),
    )
  })
})
