import { chownSync, readdirSync } from 'node:fs'
import { mkdir, rm, utimes, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { examinePlaces } from '../../../src/adapters/parcels/examine.ts'
import { bytesOf, folderOf } from '../../../src/adapters/parcels/parcel.ts'
import type { UnpackPlace } from '../../../src/adapters/parcels/places.ts'
import { unpacked } from '../../../src/adapters/parcels/unpack.ts'
import { emptyPlace, smallParcel, standing } from './small-parcel.ts'

const wallMs = Date.UTC(2030, 0, 1)
const { list, source } = smallParcel()

describe('a look at what is unpacked', () => {
  let place: UnpackPlace
  beforeEach(async () => {
    place = await emptyPlace()
  })
  afterEach(() => rm(dirname(place.path), { recursive: true, force: true }))

  const look = () => examinePlaces([place], { source, wallMs })

  it('finds nothing where nothing is, and makes nothing', async () => {
    expect(await look()).toEqual({ places: [{ path: place.path, noexec: false, folders: [] }] })
    await expect(standing(place)).rejects.toThrow('ENOENT')
  })

  it('tells whole from damaged, ours from others’, and since when nobody used it', async () => {
    const folder = await unpacked('postgres', { source, places: [place], wallMs })
    const other = join(place.path, 'parcels/sqlite-00000000000000aa')
    await mkdir(other)
    await writeFile(join(other, 'x'), 'four')
    await utimes(other, wallMs / 1000 - 60, wallMs / 1000 - 60)
    const ours = { name: folderOf(list), bytes: bytesOf(list), isOurs: true, damage: null, unusedMs: 0 }
    const [found] = (await look()).places ?? []
    expect(found?.folders.toSorted((a, b) => (a.name < b.name ? -1 : 1))).toEqual([
      ours,
      { name: 'sqlite-00000000000000aa', bytes: 4, isOurs: false, damage: null, unusedMs: 60_000 },
    ])
    await rm(join(folder, 'empty'))
    const [damaged] = (await look()).places ?? []
    expect(damaged?.folders.find(({ isOurs }) => isOurs)?.damage).toMatch(/empty/)
  })

  // Only root can give it away.
  it.runIf(process.getuid?.() === 0)(
    "finds nothing wrong with what another account's daemon has unpacked, and with a stranger's in it",
    async () => {
      await unpacked('postgres', { source, places: [place], wallMs })
      const all = [
        place.path,
        ...readdirSync(place.path, { recursive: true }).map((name) => join(place.path, String(name))),
      ]
      for (const path of all) chownSync(path, 994, 994)
      const damage = async () => (await look()).places?.[0]?.folders.map((folder) => folder.damage)
      expect(await damage()).toEqual([null])
      chownSync(join(place.path, 'parcels', folderOf(list)), 65_534, 65_534)
      expect(await damage()).toEqual([expect.stringContaining('belongs to uid 65534')])
    },
  )
})
