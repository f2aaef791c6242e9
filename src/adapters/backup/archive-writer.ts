import { createHash } from 'node:crypto'
import { once } from 'node:events'
import type { Writable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { constants, createZstdCompress } from 'node:zlib'
import { backupPaths } from '../../domain/backup/paths.ts'
import { sealOf } from './seal.ts'
import { archiveEnd, encodeHeader, paddingAfter, type TarHeader } from './tar.ts'

/** A backup as it is written: nothing of it is ever held in memory as a whole. */
export interface ArchiveWriter {
  folder(path: string): Promise<void>
  /** Content of exactly so many bytes. */
  file(path: string, bytes: number, content: AsyncIterable<Buffer>): Promise<void>
  text(path: string, content: string): Promise<void>
  /** Writes the sums and the seal, and waits until the output has taken all of it. */
  finish(): Promise<Written>
  /** Ends it where it is; for after a failure. */
  abandon(): Promise<void>
}

export interface Written {
  files: number
  /** Before and after compression. */
  contentBytes: number
  bytes: number
  /** SHA-256 of the whole file but its seal, hex. */
  sha256: string
}

/** zstd's own default: a third of gzip's time at its size. More would cost the fleet's cores what it saves in bytes. */
const level = 3

/**
 * Writes a tar, compressed with zstd, to `output`, which it ends.
 * @param modified epoch seconds, of all that is in it
 */
export function createArchiveWriter(
  output: Writable,
  { modified, signal }: { modified: number; signal?: AbortSignal },
): ArchiveWriter {
  const zstd = createZstdCompress({
    // Without the checksum of zstd: it would end the reading before the sums, which say what it is that is damaged.
    params: { [constants.ZSTD_c_compressionLevel]: level },
  })
  const whole = createHash('sha256')
  const sums: string[] = []
  let contentBytes = 0
  let bytes = 0
  let sha256 = ''

  async function* sealed(source: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
    for await (const chunk of source) {
      whole.update(chunk)
      bytes += chunk.length
      yield chunk
    }
    const hash = whole.digest()
    sha256 = hash.toString('hex')
    const seal = sealOf(hash)
    bytes += seal.length
    yield seal
  }

  const taken = pipeline(zstd, sealed, output, signal === undefined ? {} : { signal })
  // Whoever writes next hears of it; who has nothing more to write, by `finish`.
  taken.catch(() => {})

  async function write(chunk: Buffer): Promise<void> {
    if (zstd.destroyed) await taken
    if (!zstd.write(chunk)) await Promise.race([once(zstd, 'drain'), taken])
  }

  async function file(path: string, size: number, content: AsyncIterable<Buffer>): Promise<void> {
    await write(encodeHeader(headerOf(path, 'file', size)))
    const hash = createHash('sha256')
    let seen = 0
    for await (const chunk of content) {
      hash.update(chunk)
      seen += chunk.length
      await write(chunk)
    }
    if (seen !== size) throw new RangeError(`${path} has ${seen} bytes where ${size} were announced`)
    await write(Buffer.alloc(paddingAfter(size)))
    contentBytes += size
    if (path !== backupPaths.sums) sums.push(`${hash.digest('hex')}  ${path}\n`)
  }

  function text(path: string, content: string): Promise<void> {
    const buffer = Buffer.from(content)
    return file(path, buffer.length, oneOf(buffer))
  }

  function headerOf(path: string, kind: TarHeader['kind'], size: number): TarHeader {
    return { path, kind, bytes: size, mode: kind === 'folder' ? 0o700 : 0o600, modified }
  }

  return {
    folder: (path) => write(encodeHeader(headerOf(path, 'folder', 0))),
    file,
    text,
    async finish() {
      await text(backupPaths.sums, sums.join(''))
      await write(archiveEnd)
      zstd.end()
      await taken
      return { files: sums.length, contentBytes, bytes, sha256 }
    },
    async abandon() {
      zstd.destroy()
      await taken.catch(() => {})
    },
  }
}

async function* oneOf(buffer: Buffer): AsyncGenerator<Buffer> {
  yield buffer
}
