import { lstat, readdir, realpath } from 'node:fs/promises'
import { basename, join } from 'node:path'
import type { ParcelFacts, ParcelPlaceFacts } from '../../ports/machine-checkup.ts'
import {
  bytesOf,
  folderOf,
  parcelNames,
  parcelOfFolder,
  type ParcelList,
  type ParcelSource,
} from './parcel.ts'
import { isNoexec } from './mounts.ts'
import { nearest } from './prepare-place.ts'
import { seaSource } from './sea-source.ts'
import { type UnpackPlace, unpackPlaces } from './places.ts'
import { damageOf } from './verify.ts'

/** What of this executable lies unpacked, whether it is whole, and what other versions left. Changes nothing. */
export async function examineParcels(
  env: Readonly<Record<string, string | undefined>>,
  wallMs: number,
): Promise<ParcelFacts> {
  const source = seaSource()
  if (source === null) return { places: null }
  return examinePlaces(unpackPlaces(env, process.geteuid?.() ?? -1), { source, wallMs })
}

export async function examinePlaces(
  places: readonly UnpackPlace[],
  options: { source: ParcelSource; wallMs: number },
): Promise<ParcelFacts> {
  return { places: await Promise.all(places.map(({ path }) => examinePlace(path, options))) }
}

async function examinePlace(
  path: string,
  { source, wallMs }: { source: ParcelSource; wallMs: number },
): Promise<ParcelPlaceFacts> {
  const lists = new Map(parcelNames.map((name) => source.list(name)).map((list) => [folderOf(list), list]))
  const parent = join(path, 'parcels')
  const names = (await readdir(parent).catch(() => [])).filter((name) => parcelOfFolder(name) !== null)
  const owner = await userOf(path)
  const standing = await nearest(path)
    .then((found) => realpath(found.path))
    .catch(() => '/')
  return {
    path,
    noexec: await isNoexec(standing),
    folders: await Promise.all(
      names.map((name) => examineFolder(join(parent, name), lists.get(name), { wallMs, owner })),
    ),
  }
}

/** Who is to use what is there: we; where root looks, the account whose daemon has unpacked it. */
async function userOf(path: string): Promise<number | undefined> {
  const us = process.geteuid?.()
  if (us !== 0) return us
  return lstat(path).then(
    ({ uid }) => uid,
    () => us,
  )
}

async function examineFolder(
  folder: string,
  list: ParcelList | undefined,
  { wallMs, owner }: { wallMs: number; owner: number | undefined },
): Promise<ParcelPlaceFacts['folders'][number]> {
  const { mtimeMs } = await lstat(folder)
  return {
    name: basename(folder),
    bytes: list === undefined ? await bytesBelow(folder) : bytesOf(list),
    isOurs: list !== undefined,
    damage: list === undefined ? null : await damageOf(folder, list, owner),
    unusedMs: Math.max(0, wallMs - mtimeMs),
  }
}

async function bytesBelow(folder: string): Promise<number> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => [])
  const sizes = await Promise.all(
    entries
      .filter((entry) => entry.isFile())
      .map((entry) =>
        lstat(join(entry.parentPath, entry.name)).then(
          ({ size }) => size,
          () => 0,
        ),
      ),
  )
  return sizes.reduce((sum, size) => sum + size, 0)
}
