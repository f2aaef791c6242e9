import { createReadStream, createWriteStream } from 'node:fs'
import { open, rename, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { createGzip } from 'node:zlib'
import { compressedSuffix, unfinishedSuffix } from '../../domain/log-segment.ts'
import { syncFolder } from '../../system/sync-folder.ts'
import type { RotationPoint } from './cut-off.ts'

/** Text shrinks to a tenth at the lowest level already; the higher ones cost three times as long for a fifth less. */
const level = 1
const chunkBytes = 64 * 1024

/**
 * Compresses a part beside itself, then removes the plain one; complete whenever it has its name. In the background of
 * zlib's threads, one at a time.
 */
export async function compressPart(
  folder: string,
  name: string,
  reached: (point: RotationPoint) => void,
): Promise<void> {
  const plain = join(folder, name)
  const done = plain + compressedSuffix
  const unfinished = done + unfinishedSuffix
  try {
    await rm(unfinished, { force: true })
    await pipeline(
      createReadStream(plain, { highWaterMark: chunkBytes }),
      createGzip({ level, chunkSize: chunkBytes }),
      createWriteStream(unfinished, { flags: 'wx', mode: 0o600 }),
    )
    reached('compressing')
    await syncFile(unfinished)
    await rename(unfinished, done)
    await syncFolder(dirname(done))
  } catch (error) {
    await rm(unfinished, { force: true })
    throw error
  }
  reached('compressed')
  await rm(plain, { force: true })
}

async function syncFile(path: string): Promise<void> {
  const file = await open(path, 'r+')
  try {
    await file.datasync()
  } finally {
    await file.close()
  }
}
