import { getRawAsset, isSea } from 'node:sea'
import { zstdDecompressSync } from 'node:zlib'

/** The name under which the packager puts them into the executable. */
export const licencesAsset = 'licences.zst'

/** The licences of all that this executable carries; null: it is Node, running a file, and they lie beside what they are of. */
export function carriedLicences(): string | null {
  return isSea() ? zstdDecompressSync(new Uint8Array(getRawAsset(licencesAsset))).toString('utf8') : null
}
