import { createHash, type Hash } from 'node:crypto'
import type { FileHandle } from 'node:fs/promises'
import { open } from 'node:fs/promises'
import { readManifest, type BackupManifest } from '../../domain/backup/manifest.ts'
import { backupPaths, belongs } from '../../domain/backup/paths.ts'
import { OperationalError, messageOf } from '../../errors.ts'
import { cutShort, damaged, newerFormat, notABackup } from './archive-failures.ts'
import { ByteReader } from './byte-reader.ts'
import { decompressed } from './decompress.ts'
import { endOfSeal, hashInSeal, sealBytes, zstdMagic } from './seal.ts'
import { blockBytes, decodeHeader, paddingAfter, type TarHeader } from './tar.ts'

export interface ArchiveFile extends TarHeader {
  content: AsyncIterable<Buffer>
}

export interface ArchiveContents {
  manifest: BackupManifest
  files: number
  contentBytes: number
  /** Of the file itself. */
  bytes: number
  /** SHA-256 of the whole file but its seal, hex. */
  sha256: string
}

export interface ReadOptions {
  /** Told of the manifest before anything else; what it throws ends the reading. */
  begin?(manifest: BackupManifest): Promise<void> | void
  /** Given each file and folder but manifest and sums; what it leaves of a content is read all the same. */
  visit?(entry: ArchiveFile): Promise<void>
  /** Told how far it is, in bytes of the file. */
  progress?(bytes: number, ofBytes: number): void
  signal?: AbortSignal
}

/** More entries than the largest database has tables; their sums are held in memory. */
const entriesMax = 500_000
/** Texts that are read whole. */
const manifestBytesMax = 1024 * 1024
const sumsBytesMax = 256 * 1024 * 1024
const chunkBytes = 256 * 1024
/** So far from the end of the file a seal is looked for that something was written behind. */
const tailBytes = 4 * 1024 * 1024

/**
 * Reads a backup from its first byte to its last, and proves all of it: each file by its sum, the whole by its seal. When it settles,
 * all that was visited is as it was written; when it rejects, nothing of it is proven.
 * @throws OperationalError backup.foreign, backup.damaged, backup.newer; what `begin` and `visit` throw
 */
export async function readArchive(file: string, options: ReadOptions = {}): Promise<ArchiveContents> {
  const handle = await open(file, 'r')
  try {
    return await new Reading(file, handle, options).run()
  } finally {
    await handle.close()
  }
}

class Reading {
  readonly #file: string
  readonly #handle: FileHandle
  readonly #options: ReadOptions
  readonly #sums = new Map<string, string>()
  /** What is being read, for whoever has to name the damage. */
  #at: string = backupPaths.manifest
  /** Its manifest was read. */
  #isOurs = false
  #taken = 0
  #isSealed = false
  #contentBytes = 0

  constructor(file: string, handle: FileHandle, options: ReadOptions) {
    this.#file = file
    this.#handle = handle
    this.#options = options
  }

  async run(): Promise<ArchiveContents> {
    const { size } = await this.#handle.stat()
    const seal = await this.#sealAt(size)
    this.#isSealed = seal !== null
    const whole = createHash('sha256')
    // Whole archives of others end without one.
    const end = seal === null ? size : size - sealBytes
    const tar = decompressed(this.#bytes(end, whole))
    let manifest: BackupManifest
    try {
      const reader = new ByteReader(tar)
      manifest = await this.#manifest(reader)
      await this.#options.begin?.(manifest)
      if (seal === null) throw await this.#endless(size)
      await this.#entries(reader)
    } catch (error) {
      throw this.#named(error, size)
    } finally {
      await tar.return(undefined)
    }
    for await (const _ of this.#bytes(end, whole)) {
      // What the decompression did not ask for belongs to the file, too.
    }
    const sha256 = whole.digest()
    if (!sha256.equals(seal))
      throw damaged(
        this.#file,
        'its bytes are not those that were written, though each file in it reads well',
      )
    return {
      manifest,
      files: this.#sums.size,
      contentBytes: this.#contentBytes,
      bytes: size,
      sha256: sha256.toString('hex'),
    }
  }

  /** Null: the file does not end as a backup does. */
  async #sealAt(size: number): Promise<Buffer | null> {
    const first = await this.#read(0, zstdMagic.length)
    if (!first.equals(zstdMagic)) throw notABackup(this.#file)
    if (size <= sealBytes + zstdMagic.length) throw cutShort(this.#file, `it has ${size} bytes`)
    return hashInSeal(await this.#read(size - sealBytes, sealBytes))
  }

  /** No seal at its end, but one before: something was written behind it. */
  async #endless(size: number): Promise<OperationalError> {
    const from = Math.max(0, size - tailBytes)
    const tail = await this.#read(from, size - from)
    const end = endOfSeal(tail)
    if (end === null) return cutShort(this.#file, 'its end is missing')
    return damaged(
      this.#file,
      `something was written behind its end, which is at byte ${from + end} of ${size}`,
    )
  }

  async #read(position: number, bytes: number): Promise<Buffer> {
    const { buffer, bytesRead } = await this.#handle.read(Buffer.alloc(bytes), 0, bytes, position)
    return buffer.subarray(0, bytesRead)
  }

  async *#bytes(end: number, whole: Hash): AsyncGenerator<Buffer> {
    while (this.#taken < end) {
      this.#options.signal?.throwIfAborted()
      const chunk = await this.#read(this.#taken, Math.min(chunkBytes, end - this.#taken))
      if (chunk.length === 0) return
      whole.update(chunk)
      this.#taken += chunk.length
      this.#options.progress?.(this.#taken, end)
      yield chunk
    }
  }

  async #manifest(reader: ByteReader): Promise<BackupManifest> {
    const header = await this.#firstHeader(reader)
    if (header?.path !== backupPaths.manifest || header.bytes > manifestBytesMax) throw notABackup(this.#file)
    const { text, sum } = await this.#text(reader, header)
    this.#sums.set(header.path, sum)
    const reading = readManifest(text)
    if (reading.kind === 'newer') throw newerFormat(this.#file, reading.format, reading.version)
    if (reading.kind === 'foreign') throw notABackup(this.#file)
    this.#isOurs = true
    return reading.manifest
  }

  /** Null: no archive begins so. */
  async #firstHeader(reader: ByteReader): Promise<TarHeader | null> {
    const block = await reader.take(blockBytes)
    const decoded = block.length < blockBytes ? null : decodeHeader(block)
    return decoded?.kind === 'entry' ? decoded.header : null
  }

  async #entries(reader: ByteReader): Promise<void> {
    for (let count = 0; count < entriesMax; count += 1) {
      const header = await this.#header(reader)
      if (header === null) throw damaged(this.#file, 'its list of sums is missing')
      if (header.path === backupPaths.sums) return this.#compare(reader, header)
      await this.#entry(reader, header)
    }
    throw damaged(this.#file, `it holds more than ${entriesMax} files`)
  }

  async #entry(reader: ByteReader, header: TarHeader): Promise<void> {
    if (!belongs(header.path, header.kind))
      throw damaged(this.#file, `${JSON.stringify(header.path)} does not belong into a backup`)
    const sum = await this.#proven(reader, header, (content) => this.#options.visit?.({ ...header, content }))
    if (header.kind === 'file') this.#sums.set(header.path, sum)
  }

  async #header(reader: ByteReader): Promise<TarHeader | null> {
    const block = await reader.take(blockBytes)
    if (block.length < blockBytes) throw cutShort(this.#file, `it ends after ${this.#at}`)
    const decoded = decodeHeader(block)
    if (decoded.kind === 'damaged') throw damaged(this.#file, `what follows ${this.#at} is no file`)
    if (decoded.kind === 'end') return null
    this.#at = decoded.header.path
    return decoded.header
  }

  /** Hands a content on, and reads what is left of it: it is proven also where nobody wants it. Answers its SHA-256. */
  async #proven(
    reader: ByteReader,
    { path, bytes }: TarHeader,
    use: (content: AsyncIterable<Buffer>) => Promise<void> | undefined,
  ): Promise<string> {
    const hash = createHash('sha256')
    let left = bytes
    async function* content(): AsyncGenerator<Buffer> {
      for await (const chunk of reader.pass(left)) {
        hash.update(chunk)
        left -= chunk.length
        yield chunk
      }
    }
    await use(content())
    for await (const _ of content()) {
      // Hashed on its way.
    }
    if (left > 0) throw cutShort(this.#file, `it ends within ${path}`)
    const padding = await reader.take(paddingAfter(bytes))
    if (padding.some((byte) => byte !== 0)) throw damaged(this.#file, `${path} does not end where it should`)
    this.#contentBytes += bytes
    return hash.digest('hex')
  }

  async #text(reader: ByteReader, header: TarHeader): Promise<{ text: string; sum: string }> {
    const parts: Buffer[] = []
    const sum = await this.#proven(reader, header, async (content) => {
      for await (const part of content) parts.push(part)
    })
    return { text: Buffer.concat(parts).toString('utf8'), sum }
  }

  async #compare(reader: ByteReader, header: TarHeader): Promise<void> {
    if (header.bytes > sumsBytesMax) throw damaged(this.#file, 'its list of sums is too long')
    const found = new Map(this.#sums)
    const lines = (await this.#text(reader, header)).text.split('\n').slice(0, -1)
    for (const line of lines) {
      const [sum, path] = [line.slice(0, 64), line.slice(66)]
      if (found.get(path) !== sum) throw damaged(this.#file, `${path} is not as it was written`)
      found.delete(path)
    }
    const [stranger] = found.keys()
    if (stranger !== undefined) throw damaged(this.#file, `${stranger} has no sum`)
    if ((await this.#header(reader)) !== null) throw damaged(this.#file, 'something follows its list of sums')
  }

  /** What the decompression says is no more than that something is wrong: where, is known here. */
  #named(error: unknown, size: number): unknown {
    if (error instanceof OperationalError) return error
    const code = error instanceof Error && 'code' in error ? String(error.code) : ''
    if (!/^(ERR_.*ZSTD|ZSTD_|Z_|ERR_STREAM_PREMATURE)/.test(code)) return error
    if (!this.#isSealed)
      return cutShort(this.#file, this.#isOurs ? `it ends in ${this.#at}` : 'it ends before its first file')
    const where = `in ${this.#at}, before byte ${this.#taken} of ${size}`
    return damaged(this.#file, `it cannot be decompressed ${where} (${messageOf(error)})`, error)
  }
}

/** The manifest of a backup, which nobody has proven yet; null: it is none. */
export async function peekManifest(file: string): Promise<BackupManifest | null> {
  const peeked: { manifest: BackupManifest | null } = { manifest: null }
  const enough = new Error('enough was seen')
  try {
    await readArchive(file, {
      begin(manifest) {
        peeked.manifest = manifest
        throw enough
      },
    })
  } catch (error) {
    const isOurs = error instanceof OperationalError && error.code.startsWith('backup.')
    if (error !== enough && !isOurs) throw error
  }
  return peeked.manifest
}
