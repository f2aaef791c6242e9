import { chown, lstat, mkdir, readdir, readFile, readlink, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { Account } from './account.ts'
import { locateBinaries } from './binaries.ts'
import { accountFolder, newHousing } from './housing.ts'
import { layoutOf, privateFolder } from './layout.ts'
import type { EmbeddedOptions } from './options.ts'

/** A place for the files of a cluster that comes from a backup. */
export interface ClusterPlace {
  /** Where its data folder is to be filled. */
  dataDir: string
  /** Gives all of it to the account that will run the server. */
  handOver(): Promise<void>
}

const sharedDirs = ['/var/lib', '/var/tmp']

/** Makes the place in a state directory that has no database yet, for whoever may run one here, as for a new one. */
export async function makeClusterPlace(options: EmbeddedOptions): Promise<ClusterPlace> {
  const layout = layoutOf(options.stateDir)
  await privateFolder(layout.root, process.geteuid?.() ?? 0)
  const found = await locateBinaries(options.binaries, options.unpack)
  const { account, home } = await newHousing(layout, found, {
    asNobody: options.asNobody ?? false,
    sharedDirs: options.sharedDirs ?? sharedDirs,
    unique: () => options.random.hex(6),
  })
  const dataDir = join(home, 'data')
  await mkdir(dataDir, { mode: 0o700 })
  return {
    dataDir,
    async handOver() {
      if (account.kind !== 'user') return
      await accountFolder(dataDir, account)
      await giveAway(dataDir, account)
    },
  }
}

/** Removes what `makeClusterPlace` made outside of the state directory. Its server must not run. */
export async function removeClusterPlace(stateDir: string): Promise<void> {
  const { dataDir } = layoutOf(stateDir)
  const target = await readlink(dataDir).catch(() => null)
  const isOurs = target !== null && /^\/.*\/jrctl-postgres-[0-9a-f]{12}\/data$/.test(target)
  if (isOurs) await rm(dirname(target), { recursive: true, force: true })
}

/** The major version that our own PostgreSQL is of; null: it does not say so. */
export async function majorVersion(options: EmbeddedOptions): Promise<number | null> {
  const { version } = await locateBinaries(options.binaries, options.unpack)
  const major = Number.parseInt(version, 10)
  return Number.isInteger(major) ? major : null
}

/** What the files of a cluster say of the PostgreSQL that wrote them. */
export async function clusterVersion(dataDir: string): Promise<number> {
  return Number.parseInt(await readFile(join(dataDir, 'PG_VERSION'), 'utf8'), 10)
}

type User = Extract<Account, { kind: 'user' }>

async function giveAway(path: string, account: User): Promise<void> {
  await chown(path, account.uid, account.gid)
  if (!(await lstat(path)).isDirectory()) return
  for (const name of await readdir(path)) await giveAway(join(path, name), account)
}
