import type { Clock } from '../../ports/clock.ts'
import type { ParcelName } from './parcel.ts'
import { unpackPlaces } from './places.ts'
import { seaSource } from './sea-source.ts'
import { unpacked } from './unpack.ts'

/** Lays out what travels inside this executable. */
export interface Parcels {
  /** The folder of one, whole and proven. Throws OperationalError `unpack.no_place`. */
  folder(name: ParcelName): Promise<string>
}

/** Null: this is no packaged executable, and everything lies in files already. */
export function openParcels(env: Readonly<Record<string, string | undefined>>, clock: Clock): Parcels | null {
  const source = seaSource()
  if (source === null) return null
  const places = unpackPlaces(env, process.geteuid?.() ?? -1)
  return { folder: (name) => unpacked(name, { source, places, wallMs: clock.wallMs() }) }
}
