import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'

/** A file that nobody changes, as an archive takes it, opened when it is read; null: there is none. */
export async function contentOf(
  path: string,
): Promise<{ bytes: number; content: AsyncIterable<Buffer> } | null> {
  const stats = await stat(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null
    throw error
  })
  if (stats === null || !stats.isFile()) return null
  return { bytes: stats.size, content: exactly(path, stats.size) }
}

/** So many bytes: what it grows by meanwhile is left, and where it shrinks zeros stand in. */
async function* exactly(path: string, bytes: number): AsyncGenerator<Buffer> {
  let left = bytes
  if (left > 0) {
    const source: AsyncIterable<Buffer> = createReadStream(path, {
      end: bytes - 1,
      highWaterMark: chunkBytes,
    })
    for await (const chunk of source) {
      left -= chunk.length
      yield chunk
    }
  }
  for (; left > 0; left -= Math.min(left, chunkBytes)) yield Buffer.alloc(Math.min(left, chunkBytes))
}

const chunkBytes = 256 * 1024
