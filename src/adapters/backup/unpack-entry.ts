import { createWriteStream } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { dirname } from 'node:path'
import { pipeline } from 'node:stream/promises'
import type { ArchiveFile } from './archive-reader.ts'

/**
 * Writes what a backup holds to a place of ours alone, which must be new.
 * @param flush false: somebody else takes it to the disk
 */
export async function unpackEntry(
  { kind, content }: ArchiveFile,
  path: string,
  { flush }: { flush: boolean },
): Promise<void> {
  if (kind === 'folder') return void (await mkdir(path, { recursive: true, mode: 0o700 }))
  await mkdir(dirname(path), { recursive: true, mode: 0o700 })
  await pipeline(content, createWriteStream(path, { flags: 'wx', mode: 0o600, flush }))
}
