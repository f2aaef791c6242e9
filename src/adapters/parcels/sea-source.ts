import { getAsset, getRawAsset, isSea } from 'node:sea'
import type { ParcelList, ParcelSource } from './parcel.ts'

/** What this executable carries; null: it is Node, running a file. */
export function seaSource(): ParcelSource | null {
  if (!isSea()) return null
  return {
    list: (name) => JSON.parse(getAsset(assetOf(name, 'json'), 'utf8')) as ParcelList,
    // Of the mapped file itself: no copy.
    contents: (name) => new Uint8Array(getRawAsset(assetOf(name, 'zst'))),
  }
}

/** The name under which the packager puts a part of a parcel into the executable. */
export function assetOf(parcel: string, part: 'json' | 'zst'): string {
  return `parcels/${parcel}.${part}`
}
