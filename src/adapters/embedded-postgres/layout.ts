import { createHash } from 'node:crypto'
import { chmod, lstat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { OperationalError } from '../../errors.ts'
import { makePrivateFolder } from '../../system/private-folder.ts'

/** Where everything of one embedded server lives. */
export interface Layout {
  /** `<stateDir>/postgres`, 0700. */
  root: string
  /** The cluster; a symbolic link when the server's account cannot enter the state directory. */
  dataDir: string
  logFile: string
  lockFile: string
  recordFile: string
  /** Password of the role jrctl, 0600. */
  passwordFile: string
  /** Password of the superuser postgres (unix socket only), 0600. */
  adminPasswordFile: string
}

export function layoutOf(stateDir: string): Layout {
  const root = join(stateDir, 'postgres')
  return {
    root,
    dataDir: join(root, 'data'),
    logFile: join(root, 'postgres.log'),
    lockFile: join(root, 'start.lock'),
    recordFile: join(root, 'server.json'),
    passwordFile: join(root, 'password'),
    adminPasswordFile: join(root, 'admin-password'),
  }
}

/** Names a folder outside the state directory so that every state directory has its own. */
export function fingerprint(path: string): string {
  return createHash('sha256').update(path).digest('hex').slice(0, 12)
}

/** sun_path holds 108 bytes with the final zero; the server's lock file beside the socket is no socket and may be longer. */
const socketPathBytesMax = 107
const longestSocketName = '/.s.PGSQL.65535'

/** Whether a socket in this folder can be bound and connected to. */
export function fitsSocket(folder: string): boolean {
  return Buffer.byteLength(folder + longestSocketName) <= socketPathBytesMax
}

/** Beside the data when that is short enough, else a private folder in `$XDG_RUNTIME_DIR` or /tmp. */
export function socketDirOf(home: string, env: Readonly<Record<string, string | undefined>>): string {
  const beside = join(home, 'socket')
  if (fitsSocket(beside)) return beside
  const name = `jrctl-pg-${fingerprint(home)}`
  const runtime = env['XDG_RUNTIME_DIR']
  if (runtime !== undefined && runtime.startsWith('/') && fitsSocket(join(runtime, name)))
    return join(runtime, name)
  return join('/tmp', name)
}

/** What lies in that account's own folder is its fleet's, with the queue; in /tmp anybody may have put it. */
async function hintOfOther(path: string, uid: number): Promise<string> {
  const runAsIt = `run this as it (sudo -u '#${uid}' …)`
  const above = await lstat(dirname(path))
  return above.uid === uid
    ? `It is the database of that account's fleet: ${runAsIt}.`
    : `If that account is a fleet's, ${runAsIt}; else somebody put the folder there: remove it.`
}

/**
 * Makes a folder that only its owner may enter, or takes an existing one when it is exactly that.
 * Throws OperationalError `embedded.permission` when something else stands there: in /tmp anybody may have put it.
 */
export async function privateFolder(path: string, owner: number): Promise<void> {
  makePrivateFolder(path)
  const found = await lstat(path)
  if (!found.isDirectory() || (found.uid !== owner && found.uid !== process.geteuid?.())) {
    throw new OperationalError(`${path} is not a folder of uid ${owner} (it belongs to uid ${found.uid})`, {
      code: 'embedded.permission',
      retryable: false,
      hint: found.isDirectory() ? await hintOfOther(path, found.uid) : `Remove ${path}, then start again.`,
    })
  }
  if ((found.mode & 0o777) !== 0o700) await chmod(path, 0o700)
}
