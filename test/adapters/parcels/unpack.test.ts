import { execFile } from 'node:child_process'
import {
  chmod,
  chown,
  mkdir,
  readFile,
  rm,
  stat,
  symlink,
  truncate,
  utimes,
  writeFile,
} from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { folderOf } from '../../../src/adapters/parcels/parcel.ts'
import type { UnpackPlace } from '../../../src/adapters/parcels/places.ts'
import { unpacked } from '../../../src/adapters/parcels/unpack.ts'
import { emptyPlace, smallParcel, standing } from './small-parcel.ts'

const run = promisify(execFile)
const isRoot = process.geteuid?.() === 0
const dayMs = 24 * 60 * 60_000
const wallMs = Date.UTC(2030, 0, 1)
const { list, source } = smallParcel()

describe('unpacking a parcel', () => {
  let place: UnpackPlace
  beforeEach(async () => {
    place = await emptyPlace()
  })
  afterEach(() => rm(dirname(place.path), { recursive: true, force: true }))

  const unpack = (...places: UnpackPlace[]) =>
    unpacked('postgres', { source, places: places.length === 0 ? [place] : places, wallMs })

  it('lays out the files as they were, for their owner alone', async () => {
    const folder = await unpack()
    expect((await run(join(folder, 'bin/tool'))).stdout).toBe('works\n')
    expect(await readFile(join(folder, 'lib/deep/data'), 'utf8')).toHaveLength(5000)
    expect(await readFile(join(folder, 'empty'), 'utf8')).toBe('')
    for (const path of [place.path, folder, join(folder, 'lib/deep'), join(folder, 'bin/tool')])
      expect((await stat(path)).mode & 0o777, path).toBe(0o700)
    expect((await stat(join(folder, 'empty'))).mode & 0o777).toBe(0o600)
  })

  it('passes over a place whose name a shell would run, for a next one', async () => {
    const strange: UnpackPlace = { path: join(dirname(place.path), '$(id)/cache'), kind: 'own' }
    expect(await unpack(strange, place)).toBe(await unpack(place))
    await expect(unpack(strange)).rejects.toThrow(/\$\(id\).*a shell reads as more than a name/)
  })

  it('is done once: who comes later finds it', async () => {
    const folder = await unpack()
    const { ino } = await stat(folder)
    expect(await unpack()).toBe(folder)
    expect((await stat(folder)).ino).toBe(ino)
  })

  it('by many at once gives all of them the same whole one, and leaves nothing else', async () => {
    const folders = await Promise.all(Array.from({ length: 8 }, () => unpack()))
    expect(new Set(folders).size).toBe(1)
    expect(await standing(place)).toEqual([folderOf(list)])
  })

  it.each<[string, (folder: string) => Promise<void>]>([
    ['a file is cut', (folder) => truncate(join(folder, 'lib/deep/data'), 10)],
    [
      'a file has other contents of the same size',
      (folder) => writeFile(join(folder, 'lib/deep/data'), 'y'.repeat(5000)),
    ],
    ['a file is missing', (folder) => rm(join(folder, 'empty'))],
    ['a program has lost its mode', (folder) => chmod(join(folder, 'bin/tool'), 0o600)],
    ['a file may be written by others', (folder) => chmod(join(folder, 'empty'), 0o666)],
    ['a folder may be written by others', (folder) => chmod(join(folder, 'bin'), 0o777)],
    [
      'a file is a link to another',
      async (folder) => {
        await rm(join(folder, 'empty'))
        await symlink('/dev/null', join(folder, 'empty'))
      },
    ],
    [
      'a file stands in place of the folder',
      async (folder) => {
        await rm(folder, { recursive: true })
        await writeFile(folder, '')
      },
    ],
  ])('is done anew when %s', async (_, harm) => {
    const folder = await unpack()
    await harm(folder)
    expect(await unpack()).toBe(folder)
    expect((await run(join(folder, 'bin/tool'))).stdout).toBe('works\n')
    expect(await readFile(join(folder, 'lib/deep/data'), 'utf8')).toBe('x'.repeat(5000))
    expect((await stat(join(folder, 'empty'))).isFile()).toBe(true)
    expect(await standing(place)).toEqual([folderOf(list)])
  })

  it('by many at once mends a damaged one for all of them', async () => {
    const folder = await unpack()
    await truncate(join(folder, 'lib/deep/data'), 10)
    const folders = await Promise.all(Array.from({ length: 8 }, () => unpack()))
    expect(new Set(folders)).toEqual(new Set([folder]))
    expect(await readFile(join(folder, 'lib/deep/data'), 'utf8')).toHaveLength(5000)
  })

  it('takes the next place where the first will not do', async () => {
    await mkdir(place.path, { mode: 0o777 })
    await chmod(place.path, 0o777)
    const next = await emptyPlace()
    expect(await unpack(place, next)).toContain(next.path)
    await rm(dirname(next.path), { recursive: true })
  })

  it('tells of every place why it will not do, and what to do', async () => {
    await writeFile(place.path, '')
    const link = { path: `${place.path}-link`, kind: 'shared' } as const
    await symlink('/tmp', link.path)
    await expect(unpack(place, link)).rejects.toMatchObject({
      code: 'unpack.no_place',
      message: expect.stringMatching(
        /^postgres \(1 MB\), which travels inside jrctl, cannot be unpacked: .*cache.*; .*cache-link is no folder$/,
      ) as string,
      hint: expect.stringContaining('JRCTL_UNPACK_DIR=FOLDER') as string,
    })
  })

  it.runIf(isRoot)('leaves nothing in the home of somebody else', async () => {
    await chown(dirname(place.path), 65_534, 65_534)
    await expect(unpack()).rejects.toThrow(/belongs to uid 65534/)
    await expect(stat(place.path)).rejects.toThrow('ENOENT')
  })

  it('removes what earlier versions left two weeks ago, and halves of killed ones; nothing of others', async () => {
    const parents = join(place.path, 'parcels')
    const put = async (name: string, ageMs: number) => {
      await mkdir(join(parents, name), { recursive: true, mode: 0o700 })
      await utimes(join(parents, name), (wallMs - ageMs) / 1000, (wallMs - ageMs) / 1000)
    }
    await put('postgres-00000000000000aa', 20 * dayMs)
    await put('postgres-00000000000000bb', 3 * dayMs)
    await put('sqlite-00000000000000cc.Ab12Cd', 2 * dayMs)
    await put('sqlite-00000000000000dd.Ab12Cd', 1000)
    await put('of-somebody-else', 100 * dayMs)
    await unpack()
    expect(await standing(place)).toEqual(
      [
        'of-somebody-else',
        folderOf(list),
        'postgres-00000000000000bb',
        'sqlite-00000000000000dd.Ab12Cd',
      ].sort(),
    )
  })

  it('keeps what a running program was started from, however old', async () => {
    const older = smallParcel('older')
    const folder = await unpacked('postgres', { source: older.source, places: [place], wallMs })
    await rm(join(folder, 'bin/tool'))
    await run('cp', ['/bin/cat', join(folder, 'bin/tool')])
    const running = execFile(join(folder, 'bin/tool'))
    await utimes(folder, (wallMs - 100 * dayMs) / 1000, (wallMs - 100 * dayMs) / 1000)
    await unpack()
    expect(await standing(place)).toEqual([folderOf(list), folderOf(older.list)].sort())
    running.stdin?.end()
  })

  it('removes two weeks after an upgrade what the old version left, with a day’s first use', async () => {
    const older = smallParcel('older')
    await unpacked('postgres', { source: older.source, places: [place], wallMs })
    await unpack()
    const later = (days: number) => ({ source, places: [place], wallMs: wallMs + days * dayMs })
    await unpacked('postgres', later(13))
    expect(await standing(place)).toHaveLength(2)
    await unpacked('postgres', later(15))
    expect(await standing(place)).toEqual([folderOf(list)])
  })

  it('says once a day that it is in use', async () => {
    const folder = await unpack()
    expect((await stat(folder)).mtimeMs).toBe(wallMs)
    await unpacked('postgres', { source, places: [place], wallMs: wallMs + dayMs / 2 })
    expect((await stat(folder)).mtimeMs).toBe(wallMs)
    await unpacked('postgres', { source, places: [place], wallMs: wallMs + 2 * dayMs })
    expect((await stat(folder)).mtimeMs).toBe(wallMs + 2 * dayMs)
  })

  it('refuses contents that are not what the list says, and leaves nothing of them', async () => {
    const files = list.files.map((file) => Object.assign({}, file, { sha256: '0'.repeat(64) }))
    const source2 = { ...source, list: () => ({ ...list, files }) }
    await expect(unpacked('postgres', { source: source2, places: [place], wallMs })).rejects.toThrow(
      'was to hold something else',
    )
    expect(await standing(place)).toEqual([])
  })

  it('refuses contents that are larger than the list says', async () => {
    const short = { ...list, files: list.files.slice(0, 1) }
    const source2 = { ...source, list: () => short }
    await expect(unpacked('postgres', { source: source2, places: [place], wallMs })).rejects.toThrow(
      'cannot be unpacked',
    )
  })
})
