import { createZstdDecompress, type ZstdDecompress } from 'node:zlib'

/**
 * What a compressed stream holds. Ending it early (`return`) ends the source as well, and waits for that: nobody reads on behind the
 * back of whoever closes the file.
 */
export async function* decompressed(source: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  const zstd = createZstdDecompress()
  // Heard of by who reads; this one is for when nobody does any more.
  zstd.on('error', () => {})
  const fed = feed(source, zstd)
  try {
    for await (const chunk of zstd) yield chunk as Buffer
  } finally {
    zstd.destroy()
    await fed
  }
}

/** Never rejects: what goes wrong is told to who reads. */
async function feed(source: AsyncIterable<Buffer>, zstd: ZstdDecompress): Promise<void> {
  try {
    for await (const chunk of source) {
      if (zstd.destroyed) return
      if (!zstd.write(chunk)) await roomIn(zstd)
    }
    zstd.end()
  } catch (error) {
    zstd.destroy(error instanceof Error ? error : new Error(String(error)))
  }
}

function roomIn(zstd: ZstdDecompress): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      zstd.off('drain', done).off('close', done)
      resolve()
    }
    zstd.on('drain', done).on('close', done)
    if (zstd.destroyed) done()
  })
}
