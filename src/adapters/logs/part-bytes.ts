import { open } from 'node:fs/promises'
import { createGunzip } from 'node:zlib'
import { compressedSuffix, type LogSegment } from '../../domain/log-segment.ts'
import { join } from 'node:path'
import { codeOf } from './open-log.ts'

export const chunkBytes = 256 * 1024

/** The bytes of a part, its first `skip` left out; null when it is no longer there. */
export async function openPart(
  folder: string,
  segment: LogSegment,
  skip: number,
): Promise<AsyncIterable<Buffer> | null> {
  const plain = segment.compressed ? segment.name.slice(0, -compressedSuffix.length) : segment.name
  // It may have been compressed since it was listed.
  const names = segment.compressed ? [segment.name] : [plain, plain + compressedSuffix]
  for (const name of names) {
    const file = await open(join(folder, name), 'r').catch((error: unknown) => {
      if (codeOf(error) === 'ENOENT') return null
      throw error
    })
    if (file === null) continue
    if (!name.endsWith(compressedSuffix))
      return file.createReadStream({ start: skip, highWaterMark: chunkBytes })
    const packed = file.createReadStream({ highWaterMark: chunkBytes })
    const bytes = packed.pipe(createGunzip({ chunkSize: chunkBytes }))
    packed.once('error', (error) => bytes.destroy(error))
    bytes.once('close', () => packed.destroy())
    return skipping(bytes, skip)
  }
  return null
}

async function* skipping(bytes: AsyncIterable<Buffer>, skip: number): AsyncIterable<Buffer> {
  let left = skip
  for await (const chunk of bytes) {
    if (left < chunk.length) yield chunk.subarray(left)
    left = Math.max(0, left - chunk.length)
  }
}
