import { lstat, rmdir } from 'node:fs/promises'
import { Secret } from '../../config/policy.ts'
import { launch, type Launched } from './launch.ts'
import { type Layout, layoutOf, privateFolder } from './layout.ts'
import type { EmbeddedOptions } from './options.ts'
import { readPassword } from './password.ts'
import { findPostmaster, type Postmaster, untilTakesConnections } from './postmaster.ts'
import { readRecord } from './record.ts'
import { withLock } from './start-lock.ts'
import { stopPostmaster } from './stop.ts'

/** A PostgreSQL of our own, which outlives us and is found again. */
export interface EmbeddedPostgres {
  /** Adopts the running server, else starts it, making the database first when there is none. Safe to call from many processes. */
  start(): Promise<EmbeddedServer>
  /** The running server, for who only wants to speak with it: changes nothing, whoever it belongs to. Null when none takes connections. */
  find(): Promise<EmbeddedServer | null>
  /** Ends it cleanly if it can be (30 s), else by force; `absent` when none ran. Waits for a start that is under way. */
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
export function createEmbeddedPostgres(options: EmbeddedOptions): EmbeddedPostgres {
  const layout = layoutOf(options.stateDir)
  const locked = <T>(action: () => Promise<T>): Promise<T> =>
    withLock(layout.lockFile, options.clock, lockWaitMs, action)
  return {
    async start() {
      await privateFolder(layout.root, process.geteuid?.() ?? 0)
      return locked(async () => (await adopt(options, layout)) ?? started(await launch(options, layout)))
    },
    find: () => find(options, layout),
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
  if (ready === null) return null
  options.logger.info({ serverPid: ready.pid, port: ready.port }, 'Adopted the embedded PostgreSQL')
  return serverOf(ready, password, { adopted: true, fresh: false })
}

async function find({ clock }: EmbeddedOptions, layout: Layout): Promise<EmbeddedServer | null> {
  const running = await runningPostmaster(layout)
  const password = running === null ? null : await readPassword(layout.passwordFile)
  if (running === null || password === null) return null
  const ready = await untilTakesConnections(layout.dataDir, running.pid, clock)
  return ready === null ? null : serverOf(ready, password, { adopted: true, fresh: false })
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

function started({ postmaster, password, fresh }: Launched): EmbeddedServer {
  return serverOf(postmaster, password, { adopted: false, fresh })
}

async function stop(options: EmbeddedOptions, layout: Layout): Promise<'clean' | 'forced' | 'absent'> {
  const running = await runningPostmaster(layout)
  if (running === null) return 'absent'
  const verdict = await stopPostmaster(running, options.clock)
  // Outside of the state directory nothing of ours stays. Not empty or not there: somebody else's concern.
  await rmdir(running.socketDir).catch(() => {})
  options.logger.info({ serverPid: running.pid, verdict }, 'Stopped the embedded PostgreSQL')
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
