import { chown, realpath, stat, symlink } from 'node:fs/promises'
import { userInfo } from 'node:os'
import { dirname, join } from 'node:path'
import { OperationalError, messageOf } from '../../errors.ts'
import { type Account, canRun, namespaceAccount, nobodyAccount } from './account.ts'
import { type Binaries, completeBinaries, copyBinaries } from './binaries.ts'
import { fingerprint, type Layout, privateFolder } from './layout.ts'

/** Under whose name a server runs, where its files are, and which programs it runs. */
export interface Housing {
  account: Account
  /** Holds `data`; `<stateDir>/postgres` but for an account that cannot enter there. */
  home: string
  binaries: Binaries
}

/** Data that exist decide: the server must be their owner. Null when there are none yet. */
export async function existingHousing(
  layout: Layout,
  found: Binaries,
  unique: () => string,
): Promise<Housing | null> {
  const owner = await stat(layout.dataDir).catch(nullWhenMissing)
  if (owner === null) return null
  const home = dirname(await realpath(layout.dataDir))
  const account = accountOf(owner, layout.dataDir)
  return { account, home, binaries: await reachable(found, account, home, unique) }
}

/**
 * Decides for data that are still to be made. Not root: all is our own, in a user namespace when our id has no name, as in
 * containers that run under any id. Root: in a user namespace, which leaves the files
 * ours; where that is forbidden, as nobody, in a folder that nobody can reach (`sharedDirs`, the first that works).
 */
export async function newHousing(
  layout: Layout,
  found: Binaries,
  options: { asNobody: boolean; sharedDirs: readonly string[]; unique: () => string },
): Promise<Housing> {
  const binaries = await completeBinaries(found, copyPlace(layout.root, found), options.unique)
  const isRoot = process.geteuid?.() === 0
  const wantsNamespace = isRoot ? !options.asNobody : !hasName()
  if (wantsNamespace && (await canRun(namespaceAccount, binaries.postgres)) === null)
    return { account: namespaceAccount, home: layout.root, binaries }
  if (!isRoot) return { account: { kind: 'self' }, home: layout.root, binaries }
  const account = await nobodyAccount()
  const home = await sharedHome(layout, account, options.sharedDirs)
  await symlink(join(home, 'data'), layout.dataDir)
  return { account, home, binaries: await reachable(found, account, home, options.unique) }
}

/** Makes a folder the account's own, and nobody else's. */
export async function accountFolder(path: string, account: Account): Promise<void> {
  await privateFolder(path, account.kind === 'user' ? account.uid : (process.geteuid?.() ?? 0))
  if (account.kind === 'user') await chown(path, account.uid, account.gid)
}

/** initdb refuses an id that no account has. */
function hasName(): boolean {
  try {
    userInfo()
    return true
  } catch {
    return false
  }
}

function accountOf(owner: { uid: number; gid: number }, dataDir: string): Account {
  const self = process.geteuid?.()
  if (self === 0) return owner.uid === 0 ? namespaceAccount : { kind: 'user', uid: owner.uid, gid: owner.gid }
  if (owner.uid === self) return { kind: 'self' }
  throw new OperationalError(
    `The embedded database in ${dataDir} belongs to uid ${owner.uid}, and we are uid ${self}`,
    {
      code: 'embedded.permission',
      retryable: false,
      hint: `Run jrctl as its owner, or use another --state-dir.`,
    },
  )
}

async function sharedHome(layout: Layout, account: Account, sharedDirs: readonly string[]): Promise<string> {
  const refusals: string[] = []
  for (const dir of sharedDirs) {
    const home = join(dir, `jrctl-postgres-${fingerprint(await realpath(layout.root))}`)
    try {
      await accountFolder(home, account)
      return home
    } catch (error) {
      refusals.push(messageOf(error))
    }
  }
  throw new OperationalError(
    `No folder for the embedded database that nobody can reach: ${refusals.join('; ')}`,
    {
      code: 'embedded.permission',
      retryable: false,
      hint: 'Run jrctl as an ordinary user, or allow user namespaces, or set [queue] url to a server.',
    },
  )
}

/** The programs as they are when the account can run them, else a copy in its home. */
async function reachable(
  found: Binaries,
  account: Account,
  home: string,
  unique: () => string,
): Promise<Binaries> {
  const binaries = await completeBinaries(found, copyPlace(home, found), unique)
  if (account.kind !== 'user' || binaries.native === null) return binaries
  if ((await canRun(account, binaries.postgres)) === null) return binaries
  return copyBinaries(binaries, copyPlace(home, found), unique)
}

function copyPlace(home: string, { version }: Binaries): string {
  return join(home, `native-${version}`)
}

/** Data that are there but closed to us must never be taken for none. */
function nullWhenMissing(error: unknown): null {
  if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null
  throw error
}
