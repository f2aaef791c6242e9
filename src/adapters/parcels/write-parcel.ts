import { createHash } from 'node:crypto'
import { mkdir, open } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { constants, createZstdDecompress } from 'node:zlib'
import type { ParcelFile, ParcelList } from './parcel.ts'

/** The packager's: one window over the whole of a parcel, in which each file finds its likes. */
export const windowBits = 27

/** As a whole the contents would stay in the memory of a daemon that unpacked once, months ago. */
const chunkBytes = 256 * 1024

/** Writes a parcel's files into an empty folder. Rejects with the file system's error, or when the contents are not what the list says. */
export async function writeParcel(folder: string, list: ParcelList, contents: Uint8Array): Promise<void> {
  const folders = new Set(list.files.map(({ path }) => dirname(path)))
  for (const path of folders) await mkdir(join(folder, path), { recursive: true, mode: 0o700 })
  const unpacking = createZstdDecompress({
    chunkSize: chunkBytes,
    params: { [constants.ZSTD_d_windowLogMax]: windowBits },
  })
  await pipeline(slicesOf(contents), unpacking, (chunks: AsyncIterable<Buffer>) =>
    writeFiles(folder, list.files, chunks),
  )
}

function* slicesOf(contents: Uint8Array): Generator<Uint8Array> {
  for (let start = 0; start < contents.length; start += chunkBytes)
    yield contents.subarray(start, start + chunkBytes)
}

async function writeFiles(
  folder: string,
  files: readonly ParcelFile[],
  chunks: AsyncIterable<Buffer>,
): Promise<void> {
  const parts = chunks[Symbol.asyncIterator]()
  let rest: Buffer = Buffer.alloc(0)
  const take = async (bytesMax: number): Promise<Buffer | null> => {
    while (rest.length === 0) {
      const next = await parts.next()
      if (next.done === true) return null
      rest = next.value
    }
    const part = rest.subarray(0, bytesMax)
    rest = rest.subarray(part.length)
    return part
  }
  for (const file of files) await writeOne(join(folder, file.path), file, take)
  if ((await take(1)) !== null) throw new Error('its contents go on after the last file')
}

/** Proven as it is written: to read all of it again would cost a first start half as much again. */
async function writeOne(
  path: string,
  { bytes, executable, sha256 }: ParcelFile,
  take: (bytesMax: number) => Promise<Buffer | null>,
): Promise<void> {
  const hash = createHash('sha256')
  const handle = await open(path, 'wx', executable ? 0o700 : 0o600)
  try {
    for (let missing = bytes; missing > 0;) {
      const part = await take(missing)
      if (part === null) throw new Error('its contents end too early')
      hash.update(part)
      await handle.writeFile(part)
      missing -= part.length
    }
  } finally {
    await handle.close()
  }
  if (hash.digest('hex') !== sha256) throw new Error(`${path} was to hold something else`)
}
