import { createHash } from 'node:crypto'
import { createReadStream, renameSync, writeFileSync } from 'node:fs'
import { basename } from 'node:path'
import { pipeline } from 'node:stream/promises'

/**
 * Writes FILE.sha256 beside a file, as sha256sum writes and checks it: a copy that broke off is found before it is run. It names the
 * file without a folder, so that it goes along with it wherever that is copied.
 */
export async function writeSum(file: string): Promise<void> {
  const hash = createHash('sha256')
  await pipeline(createReadStream(file), hash)
  const fresh = `${file}.sha256.${process.pid}.new`
  writeFileSync(fresh, `${hash.digest('hex')}  ${basename(file)}\n`)
  renameSync(fresh, `${file}.sha256`)
}
