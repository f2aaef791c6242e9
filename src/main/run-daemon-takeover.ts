import type { StateLock } from '../adapters/sqlite/lock.ts'
import type { ApiClient } from '../client/client.ts'
import type { DaemonIdentity } from '../contract/outputs.ts'
import { OperationalError, UserError, exitCode } from '../errors.ts'
import type { HeldDoor } from '../gateway/intake/held-door.ts'
import type { Clock } from '../ports/clock.ts'

type HeldLock = Extract<StateLock, { kind: 'held' }>

export interface TakeOverOptions {
  stateDir: string
  /** Null: the owner has not written down who it is. */
  ownerPid: number | null
  ownPid: number
  /** Asks the owner. */
  client: Pick<ApiClient, 'call' | 'where'>
  /** Tries to become the owner. */
  lock: () => StateLock
  unitOf: (pid: number) => string | null
  parentOf: (pid: number) => number | null
  /** Keeps the owner's gateway open, beside it. */
  holdDoor: () => Promise<HeldDoor | null>
  clock: Clock
  note: (text: string) => void
}

export interface TakenOver {
  lock: HeldLock
  fromPid: number
  /** Monotonic: when the owner agreed to go. */
  agreedMs: number
  /** To be opened again, or closed; null: there is none, or it could not be kept open. */
  door: HeldDoor | null
}

/** What an owner that ends in good order may need at most; its own deadlines are shorter. */
const patienceMs = 90_000
/** The kernel tells nobody that a lock is free, so it is tried; each millisecond counts, for nobody watches the fleet. */
const tryEveryMs = 5
const noteEveryMs = 5_000

/**
 * Has the daemon that owns a state directory let go of it, and takes it over; its workers work on. Asks before it changes
 * anything: one that does not answer, cannot leave its workers or is somebody else's business to restart stays as it is.
 * @throws UserError, OperationalError `daemon.*` with the next step
 */
export async function takeOver(options: TakeOverOptions): Promise<TakenOver> {
  const owner = await ownerOf(options)
  checkManager(owner, options)
  const door = await options.holdDoor()
  try {
    await askToLeave(options)
    const agreedMs = options.clock.monotonicMs()
    return { lock: await untilFree(owner.pid, agreedMs, options), fromPid: owner.pid, agreedMs, door }
  } catch (error) {
    door?.close()
    throw error
  }
}

async function ownerOf({ client, ownerPid, stateDir }: TakeOverOptions): Promise<DaemonIdentity> {
  const { daemon } = await client.call('health', {}).catch((error: unknown) => {
    // Not there (yet, or any more), or deaf: what its owner may do next is not what the client would say.
    if (error instanceof OperationalError && error.code !== 'daemon.denied')
      throw deaf(ownerPid, client.where, error)
    throw error
  })
  if (daemon === undefined) throw tooOld(ownerPid)
  if (ownerPid === null || daemon.pid === ownerPid) return daemon
  throw new UserError(
    `${client.where} is the socket of pid ${daemon.pid}, but pid ${ownerPid} owns the state directory ${stateDir}`,
    { hint: 'Give each daemon a socket of its own: [api] socket = "…".', exit: exitCode.failed },
  )
}

async function askToLeave({ client, ownPid }: TakeOverOptions): Promise<void> {
  try {
    await client.call('shutdown', { workers: 'leave', successor: ownPid })
  } catch (error) {
    // Gone between two questions: it ended, or another one takes over. The lock tells which.
    const isGone = error instanceof OperationalError && goneCodes.has(error.code)
    if (!isGone) throw error
  }
}

const goneCodes = new Set(['daemon.unreachable', 'daemon.broken'])

/**
 * systemd starts another one when its own ends, unless the new one is within the same unit, and named as its successor. And it
 * must be systemd's own child (its starter has ended): else systemd does not wait for it at a stop, but kills it at once.
 */
function checkManager({ pid, manager }: DaemonIdentity, { unitOf, parentOf, ownPid }: TakeOverOptions): void {
  if (manager === null) return
  const [theirs, ours] = [unitOf(pid), unitOf(ownPid)]
  if (theirs !== null && theirs === ours && parentOf(pid) === parentOf(ownPid)) return
  throw new UserError(
    `the daemon, pid ${pid}, is run by ${manager}, which would start another one beside this`,
    {
      hint: `Upgrade it with \`systemctl restart ${theirs ?? 'UNIT'}\` (--user for a unit of your own); with shutdown.workers = "leave" its workers work on meanwhile.`,
      exit: exitCode.failed,
    },
  )
}

async function untilFree(
  fromPid: number,
  agreedMs: number,
  { lock, clock, note, stateDir }: TakeOverOptions,
): Promise<HeldLock> {
  let notedMs = agreedMs
  for (;;) {
    const tried = lock()
    if (tried.kind === 'held') return tried
    if (tried.ownerPid !== null && tried.ownerPid !== fromPid) throw overtaken(tried.ownerPid, stateDir)
    const nowMs = clock.monotonicMs()
    if (nowMs - agreedMs > patienceMs) throw holdsOn(fromPid)
    if (nowMs - notedMs > noteEveryMs) {
      note(`Waiting for pid ${fromPid} to let go; what it waits for is in its log`)
      notedMs = nowMs
    }
    await clock.sleep(tryEveryMs)
  }
}

function who(pid: number | null): string {
  return pid === null ? 'the daemon that owns it' : `the daemon, pid ${pid},`
}

function deaf(pid: number | null, socketPath: string, cause: OperationalError): OperationalError {
  const end = pid === null ? 'end it' : `\`kill -9 ${pid}\``
  return new OperationalError(`${who(pid)} does not answer on ${socketPath}, so it cannot hand over`, {
    code: cause.code,
    retryable: true,
    hint: `While it starts or stops, try again. If it hangs, ${end}: its workers live on, and the next daemon adopts them.`,
    cause,
  })
}

function tooOld(pid: number | null): UserError {
  return new UserError(`${who(pid)} is too old to hand over: asked to, it would stop its workers`, {
    hint: 'Set shutdown.workers = "leave" in its configuration, run `jrctl reload`, stop it and start this one.',
    exit: exitCode.failed,
  })
}

function overtaken(pid: number, stateDir: string): UserError {
  return new UserError(
    `another daemon, pid ${pid}, was faster and owns the state directory ${stateDir} now`,
    {
      hint: 'See it with `jrctl status`.',
      exit: exitCode.failed,
    },
  )
}

function holdsOn(pid: number): OperationalError {
  return new OperationalError(
    `the daemon, pid ${pid}, agreed to hand over ${patienceMs / 1000} s ago and has not`,
    {
      code: 'daemon.holds_on',
      retryable: true,
      hint: `Its log says what it waits for (\`jrctl logs\`). \`kill -9 ${pid}\` ends it; its workers live on, and the next daemon adopts them.`,
    },
  )
}
