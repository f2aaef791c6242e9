import { lstat, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { Secret } from '../../config/policy.ts'
import { OperationalError } from '../../errors.ts'
import type { Clock } from '../../ports/clock.ts'
import type { Logger } from '../../ports/logger.ts'
import type { Random } from '../../ports/random.ts'
import { locateBinaries } from './binaries.ts'
import { type ClusterPlan, createCluster, replacePassword } from './cluster.ts'
import { accountFolder, existingHousing, type Housing, newHousing } from './housing.ts'
import { type Layout, layoutOf, privateFolder, socketDirOf } from './layout.ts'
import { createPassword, readPassword } from './password.ts'
import { freePort } from './port.ts'
import {
  clearCrash,
  findPostmaster,
  type Postmaster,
  startPostmaster,
  untilTakesConnections,
} from './postmaster.ts'
import { bootId } from './process-table.ts'
import { readRecord, writeRecord } from './record.ts'
import { serverArguments } from './settings.ts'
import { withLock } from './start-lock.ts'
import { stopPostmaster } from './stop.ts'

export interface EmbeddedOptions {
  /** Absolute. Everything lives under `<stateDir>/postgres`, but see `newHousing`. */
  stateDir: string
  clock: Clock
  random: Random
  logger: Logger
  /** A folder with `postgres` and `initdb` (JRCTL_POSTGRES_BIN) instead of the npm package. */
  binaries?: string | undefined
  /** Where `XDG_RUNTIME_DIR` is looked up; nothing else of it is used. */
  env?: Readonly<Record<string, string | undefined>>
  /** False only for tests: commits do not wait for the disk. */
  durable?: boolean
  /** As root, run as the account nobody even where user namespaces work. */
  asNobody?: boolean
  /** Folders that any account can reach, for nobody's data. */
  sharedDirs?: readonly string[]
}

/** A PostgreSQL of our own, which outlives us and is found again. */
export interface EmbeddedPostgres {
  /** Adopts the running server, else starts it, making the database first when there is none. Safe to call from many processes. */
  start(): Promise<EmbeddedServer>
  /** Ends it cleanly; `absent` when none ran. Bounded at about 40 s. */
  stop(): Promise<'clean' | 'forced' | 'absent'>
  /** Starts nothing and waits for nothing. */
  status(): Promise<EmbeddedStatus>
}

export interface EmbeddedServer {
  /** Over the loopback, as the role jrctl, to the database jrctl. */
  url: Secret
  /** Over the unix socket, a little faster, for clients that take `host` as a query parameter (node-pg, libpq). */
  socketUrl: Secret
  /** It ran already. */
  adopted: boolean
  /** The database was made by this start. */
  fresh: boolean
  pid: number
  port: number
  /** For legacy workers, which know the database by their environment: PGHOST, PGPORT, PGUSER, PGPASSWORD, PGDATABASE, DATABASE_URL. */
  environment(): Record<string, string>
}

export interface EmbeddedStatus {
  /** `absent`: no database was made yet. */
  state: 'absent' | 'stopped' | 'starting' | 'running'
  dataDir: string
  logFile: string
  pid: number | null
  port: number | null
}

/** A start holds the lock for as long as making a database or recovering one takes. */
const lockWaitMs = 150_000
/** Between the test of a port and the server's bind another program may take it. */
const startTriesMax = 3
/** Survive a reboot, unlike /tmp. */
const sharedDirs = ['/var/lib', '/var/tmp']

export function createEmbeddedPostgres(options: EmbeddedOptions): EmbeddedPostgres {
  const layout = layoutOf(options.stateDir)
  const locked = <T>(action: () => Promise<T>): Promise<T> =>
    withLock(layout.lockFile, options.clock, lockWaitMs, action)
  return {
    async start() {
      await privateFolder(layout.root, process.geteuid?.() ?? 0)
      return locked(async () => (await adopt(options, layout)) ?? launch(options, layout))
    },
    async stop() {
      if (!(await exists(layout.root))) return 'absent'
      return locked(() => stop(options, layout))
    },
    status: () => status(layout),
  }
}

async function adopt(options: EmbeddedOptions, layout: Layout): Promise<EmbeddedServer | null> {
  const running = await runningPostmaster(layout)
  if (running === null) return null
  const password = await readPassword(layout.passwordFile)
  if (password === null) return restartWithoutPassword(options, layout, running)
  const ready = await untilTakesConnections(layout.dataDir, running.pid, options.clock)
  options.logger.info({ pid: ready.pid, port: ready.port }, 'Adopted the embedded PostgreSQL')
  return serverOf(ready, password, { adopted: true, fresh: false })
}

/** Its password file is lost: nobody new can log in, so it is stopped, and `launch` gives the role a new one. */
async function restartWithoutPassword(
  options: EmbeddedOptions,
  layout: Layout,
  running: Postmaster,
): Promise<null> {
  options.logger.warn(
    { file: layout.passwordFile },
    'The password of the embedded PostgreSQL is lost: restarting it',
  )
  await stopPostmaster(running, options.clock)
  return null
}

async function launch(options: EmbeddedOptions, layout: Layout): Promise<EmbeddedServer> {
  const { housing, password, fresh } = await prepareCluster(options, layout)
  await clearCrash(layout.dataDir, options.clock)
  const postmaster = await launchOnFreePort(options, layout, housing)
  options.logger.info(
    { pid: postmaster.pid, port: postmaster.port, fresh },
    'Started the embedded PostgreSQL',
  )
  return serverOf(postmaster, password, { adopted: false, fresh })
}

/** Brings housing, database and password into being as far as they are missing. */
async function prepareCluster(
  options: EmbeddedOptions,
  layout: Layout,
): Promise<{ housing: Housing; password: string; fresh: boolean }> {
  const unique = (): string => options.random.hex(6)
  const found = await locateBinaries(options.binaries)
  const existing = await existingHousing(layout, found, unique)
  const kept = await readPassword(layout.passwordFile)
  if (existing !== null && kept !== null) return { housing: existing, password: kept, fresh: false }
  const password = kept ?? (await createPassword(layout.passwordFile, options.random))
  if (existing !== null) {
    await replacePassword(await planOf(options, layout, existing, password))
    return { housing: existing, password, fresh: false }
  }
  await removeDeadLink(layout.dataDir)
  const housing = await newHousing(layout, found, {
    asNobody: options.asNobody ?? false,
    sharedDirs: options.sharedDirs ?? sharedDirs,
    unique,
  })
  await createCluster(await planOf(options, layout, housing, password))
  return { housing, password, fresh: true }
}

/** The link to a home outside of the state directory whose data were never finished, or were deleted. */
async function removeDeadLink(path: string): Promise<void> {
  if (await exists(path)) await rm(path)
}

async function planOf(
  { random, durable }: EmbeddedOptions,
  layout: Layout,
  { account, home, binaries }: Housing,
  password: string,
): Promise<ClusterPlan> {
  return {
    account,
    binaries,
    dataDir: join(home, 'data'),
    password,
    adminPassword:
      (await readPassword(layout.adminPasswordFile)) ??
      (await createPassword(layout.adminPasswordFile, random)),
    salt: random.hex(16),
    unique: random.hex(6),
    durable: durable ?? true,
  }
}

async function launchOnFreePort(
  options: EmbeddedOptions,
  layout: Layout,
  housing: Housing,
): Promise<Postmaster> {
  for (let tries = 1; ; tries++) {
    try {
      return await launchOnce(options, layout, housing)
    } catch (error) {
      const portTaken = error instanceof OperationalError && error.code === 'embedded.port_taken'
      if (!portTaken || tries === startTriesMax) throw error
    }
  }
}

async function launchOnce(options: EmbeddedOptions, layout: Layout, housing: Housing): Promise<Postmaster> {
  const { clock, random, logger, durable = true } = options
  const wanted = (await readRecord(layout.recordFile))?.port ?? null
  const port = await freePort(wanted, random)
  if (wanted !== null && port !== wanted)
    logger.warn({ wanted, port }, `Port ${wanted} is taken: the embedded PostgreSQL moves to ${port}`)
  const socketDir = socketDirOf(housing.home, options.env ?? {})
  await accountFolder(socketDir, housing.account)
  const dataDir = join(housing.home, 'data')
  const postmaster = await startPostmaster({
    account: housing.account,
    program: housing.binaries.postgres,
    args: serverArguments({ dataDir, port, socketDir, durable }),
    dataDir,
    logFile: layout.logFile,
    clock,
  })
  const { pid, startTime } = postmaster
  await writeRecord(layout.recordFile, {
    port,
    socketDir,
    process: { pid, startTime, bootId: await bootId() },
  })
  return postmaster
}

async function stop(options: EmbeddedOptions, layout: Layout): Promise<'clean' | 'forced' | 'absent'> {
  const running = await runningPostmaster(layout)
  if (running === null) return 'absent'
  const verdict = await stopPostmaster(running, options.clock)
  options.logger.info({ pid: running.pid, verdict }, 'Stopped the embedded PostgreSQL')
  return verdict
}

async function status(layout: Layout): Promise<EmbeddedStatus> {
  const found = await runningPostmaster(layout)
  const made = await exists(layout.dataDir)
  const stopped = made ? 'stopped' : 'absent'
  return {
    state: found === null ? stopped : found.status === 'ready' ? 'running' : 'starting',
    dataDir: layout.dataDir,
    logFile: layout.logFile,
    pid: found?.pid ?? null,
    port: found?.port ?? null,
  }
}

async function runningPostmaster(layout: Layout): Promise<Postmaster | null> {
  const record = await readRecord(layout.recordFile)
  return findPostmaster(layout.dataDir, record?.process ?? null)
}

function serverOf(
  { pid, port, socketDir }: Postmaster,
  password: string,
  how: { adopted: boolean; fresh: boolean },
): EmbeddedServer {
  const url = `postgresql://jrctl:${password}@127.0.0.1:${port}/jrctl`
  const host = encodeURIComponent(socketDir)
  return {
    url: new Secret(url),
    socketUrl: new Secret(`postgresql://jrctl:${password}@localhost:${port}/jrctl?host=${host}`),
    ...how,
    pid,
    port,
    environment: () => ({
      PGHOST: '127.0.0.1',
      PGPORT: String(port),
      PGUSER: 'jrctl',
      PGPASSWORD: password,
      PGDATABASE: 'jrctl',
      DATABASE_URL: url,
    }),
  }
}

async function exists(path: string): Promise<boolean> {
  return lstat(path).then(
    () => true,
    () => false,
  )
}
