import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { constants, zstdDecompress } from 'node:zlib'
import { inTurns } from './in-turns.ts'
import { bytesOf, type ParcelFile, type ParcelList } from './parcel.ts'

/** The packager's: one window over the whole of a parcel, in which each file finds its likes. */
export const windowBits = 27

/** Writes a parcel's files into an empty folder. Rejects with the file system's error, or zlib's when the contents are damaged. */
export async function writeParcel(folder: string, list: ParcelList, contents: Uint8Array): Promise<void> {
  const all = await promisify(zstdDecompress)(contents, {
    maxOutputLength: bytesOf(list),
    params: { [constants.ZSTD_d_windowLogMax]: windowBits },
  })
  const folders = new Set(list.files.map(({ path }) => dirname(path)))
  for (const path of folders) await mkdir(join(folder, path), { recursive: true, mode: 0o700 })
  await inTurns(placed(list.files), async ({ file, start }) => {
    const mode = file.executable ? 0o700 : 0o600
    await writeFile(join(folder, file.path), all.subarray(start, start + file.bytes), { mode, flag: 'wx' })
  })
}

/** The files with their places in the contents. */
function placed(files: readonly ParcelFile[]): { file: ParcelFile; start: number }[] {
  let end = 0
  return files.map((file) => {
    const start = end
    end += file.bytes
    return { file, start }
  })
}
