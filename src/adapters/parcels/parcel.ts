import { createHash } from 'node:crypto'

/**
 * Files that travel inside the executable and must lie on a disk to be of use: native code to load, programs to run, a project
 * to report on. A parcel is a list of them, and their contents one after the other, compressed as one.
 */
export interface ParcelList {
  name: ParcelName
  /** Its native code is loaded or run: no place that is mounted noexec will do. */
  runs: boolean
  files: readonly ParcelFile[]
}

export interface ParcelFile {
  /** Relative to the parcel, with `/`; never absolute, never with `..`. */
  path: string
  bytes: number
  /** Hex. */
  sha256: string
  executable: boolean
}

/** better-sqlite3's addon; PostgreSQL's programs; the configuration and the project of `jrctl demo`. */
export const parcelNames = ['sqlite', 'postgres', 'samples'] as const
export type ParcelName = (typeof parcelNames)[number]

/** The parcels of an executable. */
export interface ParcelSource {
  list(name: ParcelName): ParcelList
  /** zstd. */
  contents(name: ParcelName): Uint8Array
}

const digestDigits = 16

/** The folder's name tells name and contents: two versions of jrctl share what did not change, and never disturb each other. */
export function folderOf(list: ParcelList): string {
  const digest = createHash('sha256').update(JSON.stringify(list)).digest('hex')
  return `${list.name}-${digest.slice(0, digestDigits)}`
}

/** Which parcel a folder's name speaks of; null: none that we know. */
export function parcelOfFolder(folder: string): ParcelName | null {
  const [, name] = /^([a-z]+)-[0-9a-f]{16}$/.exec(folder) ?? []
  return parcelNames.find((known) => known === name) ?? null
}

export function bytesOf({ files }: ParcelList): number {
  return files.reduce((sum, { bytes }) => sum + bytes, 0)
}
