import { createHash } from 'node:crypto'
import { zstdCompressSync } from 'node:zlib'
import { chmod, mkdtemp, readdir } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ParcelList, ParcelSource } from '../../../src/adapters/parcels/parcel.ts'
import type { UnpackPlace } from '../../../src/adapters/parcels/places.ts'

const contents = { 'bin/tool': '#!/bin/sh\necho works\n', 'lib/deep/data': 'x'.repeat(5000), empty: '' }

/** A parcel of three files, packed as the packager packs; `version` makes another one of the same name. */
export function smallParcel(version = ''): { list: ParcelList; source: ParcelSource } {
  const files = Object.entries({ ...contents, version }).map(([path, text]) => ({
    path,
    bytes: text.length,
    sha256: createHash('sha256').update(text).digest('hex'),
    executable: path.startsWith('bin/'),
  }))
  const list: ParcelList = { name: 'postgres', runs: true, files }
  const packed = zstdCompressSync(Buffer.from(Object.values({ ...contents, version }).join('')))
  return { list, source: { list: () => list, contents: () => packed } }
}

/** A place of its own, not made yet. */
export async function emptyPlace(): Promise<UnpackPlace> {
  const home = await mkdtemp(join(tmpdir(), 'jrctl-parcels-'))
  await chmod(home, 0o700)
  return { path: join(home, 'cache'), kind: 'own' }
}

/** What stands in a place, without what is in it. */
export async function standing({ path }: UnpackPlace): Promise<string[]> {
  return (await readdir(join(path, 'parcels'))).sort()
}
