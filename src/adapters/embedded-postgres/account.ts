import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { messageOf, OperationalError } from '../../errors.ts'
import { tailOf } from './failure.ts'
import { runToEnd } from './run-to-end.ts'

/**
 * Under whose name the server runs. PostgreSQL refuses to be root, so root borrows another name:
 * - `self`: we are not root.
 * - `namespace`: a user namespace in which our own id is called nobody. Files stay ours, no other account is involved.
 * - `user`: another uid, for machines that forbid user namespaces, or for data that belongs to that uid already.
 */
export type Account = { kind: 'self' } | { kind: 'namespace' } | { kind: 'user'; uid: number; gid: number }

/** The id of nobody wherever /etc/passwd does not say otherwise; initdb wants an id that has a name. */
const nobodyId = 65_534

/** A probe (`postgres --version`) takes milliseconds; on a machine that thrashes it may take seconds. */
const probeTimeoutMs = 10_000

/** Does not ask whether we are root: callers decide which accounts make sense. */
export const namespaceAccount: Account = { kind: 'namespace' }

/** The account called nobody, by /etc/passwd when that is readable. */
export async function nobodyAccount(): Promise<Account> {
  const passwd = await readFile('/etc/passwd', 'utf8').catch(() => '')
  const [, , uid, gid] = /^nobody:.*$/m.exec(passwd)?.[0].split(':') ?? []
  return { kind: 'user', uid: Number(uid ?? nobodyId), gid: Number(gid ?? nobodyId) }
}

/** Whether `program --version` runs under this account; the reason when it does not. */
export async function canRun(account: Account, program: string): Promise<string | null> {
  try {
    await runAs(account, program, ['--version'], { timeoutMs: probeTimeoutMs })
    return null
  } catch (error) {
    return error instanceof OperationalError ? error.message : String(error)
  }
}

/**
 * Runs a program to its end under the account, in `/`, in a clean environment and in a session of its own.
 * Throws OperationalError `embedded.program` with the tail of what it said when it fails or takes longer than `timeoutMs`.
 */
export async function runAs(
  account: Account,
  program: string,
  args: readonly string[],
  options: { timeoutMs: number; input?: string },
): Promise<string> {
  const [file, ...rest] = commandLine(account, program, args)
  const how = { ...ids(account), cwd: '/', env: serverEnvironment(), ...options }
  const ended = await runToEnd(file, rest, { ...how, input: options.input }).catch((cause: unknown) => {
    throw programFailure(program, messageOf(cause), cause)
  })
  const { stdout, stderr, code, signal } = ended
  if (code === 0) return stdout + stderr
  throw programFailure(program, tailOf(stderr || stdout) || `it ended by ${signal ?? `exit code ${code}`}`)
}

function programFailure(program: string, why: string, cause?: unknown): OperationalError {
  return new OperationalError(`${program} failed: ${why}`, {
    code: 'embedded.program',
    retryable: false,
    cause,
  })
}

/** Starts a program under the account in a session of its own, so that it outlives us. */
export function spawnDetached(
  account: Account,
  program: string,
  args: readonly string[],
  logDescriptor: number,
): ChildProcess {
  const [file, ...rest] = commandLine(account, program, args)
  const options: SpawnOptions = {
    ...ids(account),
    cwd: '/',
    env: serverEnvironment(),
    detached: true,
    stdio: ['ignore', logDescriptor, logDescriptor],
  }
  return spawn(file, rest, options)
}

/** `unshare` replaces itself by the program: the pid that we see is the program's. */
function commandLine(account: Account, program: string, args: readonly string[]): [string, ...string[]] {
  if (account.kind !== 'namespace') return [program, ...args]
  return ['unshare', '-U', `--map-user=${nobodyId}`, `--map-group=${nobodyId}`, program, ...args]
}

function ids(account: Account): { uid?: number; gid?: number } {
  return account.kind === 'user' ? { uid: account.uid, gid: account.gid } : {}
}

/** The server needs nothing of our environment, which may hold secrets. English messages, whatever the machine's locale. */
function serverEnvironment(): Record<string, string> {
  return { PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin', LC_ALL: 'C', TZ: 'UTC' }
}
