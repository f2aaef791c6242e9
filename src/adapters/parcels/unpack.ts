import { mkdtemp, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { OperationalError } from '../../errors.ts'
import { bytesOf, folderOf, type ParcelList, type ParcelName, type ParcelSource } from './parcel.ts'
import { unpackVariable, type UnpackPlace } from './places.ts'
import { preparePlace, wordsFor } from './prepare-place.ts'
import { markUsed, removeUnused } from './unused.ts'
import { damageOf } from './verify.ts'
import { writeParcel } from './write-parcel.ts'

export interface Unpacking {
  source: ParcelSource
  /** The best first. */
  places: readonly UnpackPlace[]
  /** For the ages of what is no longer used. */
  wallMs: number
}

/**
 * The folder of a parcel, its files proven whole and ours. Unpacked when it is not there, anew when it is damaged; safe for any
 * number of processes at once. Nothing is flushed to the disk: a power cut may cost an unpacking, since every use looks first.
 * Throws OperationalError `unpack.no_place`, with what is wrong with each place.
 */
export async function unpacked(name: ParcelName, options: Unpacking): Promise<string> {
  const list = options.source.list(name)
  const refusals: string[] = []
  for (const place of options.places) {
    const prepared = await preparePlace(place, list.runs)
    if ('refusal' in prepared) {
      refusals.push(prepared.refusal)
      continue
    }
    try {
      return await unpackedIn(prepared.folder, list, options)
    } catch (error) {
      refusals.push(`${place.path}: ${wordsFor(error)}`)
    }
  }
  throw noPlace(list, refusals)
}

/** A damaged one may be replaced by several processes at the same time, each taking the other's away: then it looks again. */
const triesMax = 3

async function unpackedIn(parent: string, list: ParcelList, { source, wallMs }: Unpacking): Promise<string> {
  const folder = join(parent, folderOf(list))
  let damage = await damageOf(folder, list)
  const isNew = damage !== null
  for (let tries = 1; damage !== null && tries <= triesMax; tries++) {
    const isOurs = await putInPlace(folder, list, await writtenBeside(folder, list, source))
    damage = isOurs ? null : await damageOf(folder, list)
  }
  if (damage !== null) throw new Error(`what was unpacked does not stay as it was written: ${damage}`)
  if ((await markUsed(folder, wallMs)) || isNew) await removeUnused(parent, folder, wallMs)
  return folder
}

/** The parcel in a folder of its own beside its place; a reader finds all of it or nothing. */
async function writtenBeside(folder: string, list: ParcelList, source: ParcelSource): Promise<string> {
  const fresh = await mkdtemp(`${folder}.`)
  try {
    await writeParcel(fresh, list, source.contents(list.name))
    return fresh
  } catch (error) {
    await rm(fresh, { recursive: true, force: true })
    throw error
  }
}

/**
 * Only a damaged folder is ever taken away. Who has files of it open keeps them. Answers whether `fresh`, which was proven while it was
 * written, now stands there.
 */
async function putInPlace(folder: string, list: ParcelList, fresh: string): Promise<boolean> {
  const aside = `${fresh}.aside`
  try {
    if (await renamed(fresh, folder)) return true
    // Another process was faster, or something damaged stands there.
    if ((await damageOf(folder, list)) === null) return false
    await renamed(folder, aside)
    return await renamed(fresh, folder)
  } finally {
    for (const path of [fresh, aside]) await rm(path, { recursive: true, force: true })
  }
}

const standsThere = new Set(['ENOTEMPTY', 'EEXIST', 'ENOTDIR'])

/** False: something stands at `to`, or another process has taken `from` away. */
async function renamed(from: string, to: string): Promise<boolean> {
  try {
    await rename(from, to)
    return true
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? ''
    if (standsThere.has(code) || code === 'ENOENT') return false
    throw error
  }
}

const bytesPerMegabyte = 1e6

function noPlace(list: ParcelList, refusals: readonly string[]): OperationalError {
  const size = `${Math.ceil(bytesOf(list) / bytesPerMegabyte)} MB`
  const what = `${list.name} (${size}), which travels inside jrctl, cannot be unpacked`
  return new OperationalError(`${what}: ${refusals.join('; ')}`, {
    code: 'unpack.no_place',
    retryable: true,
    hint: `Name a folder that is yours alone, on a disk with room and not mounted noexec: ${unpackVariable}=FOLDER`,
  })
}
