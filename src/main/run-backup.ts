import { rm, rmdir } from 'node:fs/promises'
import { hostname, tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import type { Writable } from 'node:stream'
import { createArchiveWriter, type ArchiveWriter, type Written } from '../adapters/backup/archive-writer.ts'
import { finishExchange } from '../adapters/backup/exchange.ts'
import { contentOf } from '../adapters/backup/folder-content.ts'
import { openOwnFolder } from '../adapters/backup/own-folder.ts'
import { type Workplace, openWorkplace } from '../adapters/backup/whole-file.ts'
import { openClusterCopy, type ClusterCopy } from '../adapters/embedded-postgres/cluster-copy.ts'
import { layoutOf } from '../adapters/embedded-postgres/layout.ts'
import { copyState, type StateCopy } from '../adapters/sqlite/copy-state.ts'
import { lockState } from '../adapters/sqlite/lock.ts'
import type { BackupMade, BackupOrder } from '../cli/backup/service.ts'
import { backupFormat, type BackupDatabase, type BackupManifest } from '../domain/backup/manifest.ts'
import { backupPaths } from '../domain/backup/paths.ts'
import { backupName } from '../domain/backup/names.ts'
import { OperationalError, UserError, exitCode } from '../errors.ts'
import { isStateThere } from './backup-access.ts'
import { type BackupPlace, backupPlace, machineName, queueHome } from './backup-place.ts'
import { type BackupTarget, ensureFolder, findTarget, removeSurplus, writingFailed } from './backup-target.ts'
import type { Origin } from './origin.ts'
import { version } from './version.ts'

/** `jrctl backup`. The daemon may run; where none does, nobody can start one until we are done. */
export async function createBackup(order: BackupOrder, origin: Origin): Promise<BackupMade> {
  const place = await backupPlace(origin, order.stateDir)
  await requireState(place)
  const target = await findTarget(order.target, {
    cwd: origin.process.cwd(),
    keep: order.keep,
    stdoutIsTerminal: origin.process.stdout.isTTY,
  })
  const lock = lockState(place.stateDir)
  try {
    if (lock.kind === 'held') await finishExchange(place.stateDir)
    const work: Work = { order, origin, place, isAlone: lock.kind === 'held', notes: [] }
    return target.kind === 'stdout' ? await toStdout(work) : await toFile(work, target)
  } finally {
    if (lock.kind === 'held') lock.release()
  }
}

interface Work {
  order: BackupOrder
  origin: Origin
  place: BackupPlace
  /** No daemon runs. */
  isAlone: boolean
  notes: string[]
}

interface Made {
  manifest: BackupManifest
  written: Written
}

type FileTarget = Extract<BackupTarget, { kind: 'file' }>

async function toFile(work: Work, target: FileTarget): Promise<BackupMade> {
  const isNew = await ensureFolder(target.folder)
  try {
    return await intoFolder(work, target)
  } catch (error) {
    if (isNew) await rmdir(target.folder).catch(() => {})
    throw error
  }
}

async function intoFolder(work: Work, target: FileTarget): Promise<BackupMade> {
  const { order, origin } = work
  const workplace = await openWorkplace(target.folder).catch((error: unknown) => {
    throw writingFailed(target.folder, error)
  })
  const atMs = origin.clock.wallMs()
  try {
    const { manifest, written } = await write(work, workplace.folder, workplace.output, atMs)
    const name = await placed(workplace, target.name, (nth) =>
      backupName(manifest.node ?? manifest.host, atMs, nth),
    )
    const removed =
      order.keep === null || manifest.node === null
        ? []
        : await removeSurplus(target.folder, manifest.node, order.keep)
    return { file: join(target.folder, name), manifest, ...written, removed, notes: work.notes }
  } catch (error) {
    throw writingFailed(join(target.folder, target.name ?? ''), error)
  } finally {
    await workplace.remove()
  }
}

/** What was named is replaced, as it was examined before; what names itself replaces nothing. */
async function placed(
  workplace: Workplace,
  name: string | null,
  nameOf: (nth: number) => string,
): Promise<string> {
  if (name === null) return workplace.placeNew(nameOf)
  await workplace.place(name)
  return name
}

async function toStdout(work: Work): Promise<BackupMade> {
  const folder = await openOwnFolder(tmpdir(), 'jrctl-backup')
  try {
    const { process, clock } = work.origin
    const { manifest, written } = await write(work, folder, process.stdout, clock.wallMs())
    return { file: null, manifest, ...written, removed: [], notes: work.notes }
  } catch (error) {
    throw writingFailed('stdout', error)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/** The state first: what its ledger has copied of the queue's events is then in the database that follows. */
async function write(work: Work, folder: string, output: Writable, atMs: number): Promise<Made> {
  const { order, place, isAlone } = work
  const copied = join(folder, 'state.sqlite')
  const state = await copyState(place.statePath, copied, {
    alone: isAlone,
    progress: (bytes) => order.progress('copying the local state', bytes, null),
    signal: order.signal,
  })
  return withCluster(work, state, async (cluster, database) => {
    const manifest = await manifestOf(work, { state, copied, database, atMs })
    const writer = createArchiveWriter(output, { modified: Math.trunc(atMs / 1000), signal: order.signal })
    try {
      await fill(work, writer, { manifest, copied, cluster })
      return { manifest, written: await writer.finish() }
    } catch (error) {
      await writer.abandon()
      throw error
    }
  })
}

/** With the embedded database running, which it is after us if it was before. */
async function withCluster<T>(
  work: Work,
  { ledger }: StateCopy,
  action: (cluster: ClusterCopy | null, database: BackupDatabase) => Promise<T>,
): Promise<T> {
  const { order, place, origin, isAlone, notes } = work
  const home = queueHome(place, origin)
  if (home.kind === 'foreign') {
    notes.push(`The queue is not in this backup: it lies in ${home.target}. Back that up with pg_dump.`)
    return action(null, { kind: 'foreign', target: home.target })
  }
  if ((await place.embedded.status()).state === 'absent') {
    // A daemon makes it before it writes its first entry. A backup without it would have --keep remove those that have it.
    if (ledger.entries > 0) throw databaseGone(place.stateDir, ledger.entries)
    notes.push('There is no database yet, and none in this backup.')
    return action(null, { kind: 'absent' })
  }
  if (isAlone) order.progress('starting the embedded database', 0, null)
  const { adopted } = await place.embedded.start()
  try {
    const cluster = await openClusterCopy(place.stateDir)
    try {
      const { major, server, bytes } = cluster
      return await action(cluster, { kind: 'embedded', major, server, bytes, architecture: process.arch })
    } finally {
      await cluster.close()
    }
  } finally {
    if (isAlone && !adopted) await place.embedded.stop()
  }
}

async function manifestOf(
  { order, place }: Work,
  {
    state,
    copied,
    database,
    atMs,
  }: { state: StateCopy; copied: string; database: BackupDatabase; atMs: number },
): Promise<BackupManifest> {
  const { schema, ledger, nodeId } = state
  return {
    program: 'jrctl',
    format: backupFormat,
    version,
    createdAt: new Date(atMs).toISOString(),
    node: typeof nodeId === 'string' ? nodeId : null,
    host: hostname(),
    machine: machineName(),
    state: { schema, bytes: (await contentOf(copied))?.bytes ?? 0, ledger },
    database,
    secrets: order.secrets,
    configPath: order.secrets ? place.loaded.path : null,
    stateDir: place.stateDir,
  }
}

async function fill(
  { order, place }: Work,
  writer: ArchiveWriter,
  { manifest, copied, cluster }: { manifest: BackupManifest; copied: string; cluster: ClusterCopy | null },
): Promise<void> {
  const { stateDir, loaded } = place
  const layout = layoutOf(stateDir)
  const add = async (path: string, from: string): Promise<void> => {
    const found = await contentOf(from)
    if (found !== null) await writer.file(path, found.bytes, found.content)
  }
  await writer.text(backupPaths.manifest, `${JSON.stringify(manifest, null, 2)}\n`)
  await add(backupPaths.state, copied)
  await add(backupPaths.nodeId, join(stateDir, 'node-id'))
  if (order.secrets) {
    if (loaded.path !== null) await add(backupPaths.config, loaded.path)
    await add(backupPaths.apiToken, join(stateDir, 'api-token'))
    await add(backupPaths.databasePassword, layout.passwordFile)
    await add(backupPaths.databaseAdminPassword, layout.adminPasswordFile)
  }
  if (cluster === null) return
  await add(backupPaths.databaseRecord, layout.recordFile)
  let bytes = 0
  await cluster.write({
    folder: (path) => writer.folder(path === '' ? backupPaths.database : `${backupPaths.database}/${path}`),
    async file(path, size, content) {
      await writer.file(`${backupPaths.database}/${path}`, size, content)
      bytes += size
      order.progress('copying the database', bytes, Math.max(bytes, cluster.bytes))
    },
  })
}

function databaseGone(stateDir: string, entries: number): OperationalError {
  return new OperationalError(
    `The embedded database of ${stateDir} is gone, although its ledger has ${entries} entries; nothing was backed up`,
    {
      code: 'backup.database_gone',
      retryable: false,
      hint: 'Bring the last backup that has it back: jrctl restore FILE --force. Where the queue is embedded only from now on, start the daemon first.',
    },
  )
}

async function requireState({ statePath, stateDir }: BackupPlace): Promise<void> {
  if (await isStateThere(statePath, stateDir)) return
  throw new UserError(`There is no local state to back up in ${stateDir}: no ${basename(statePath)}`, {
    hint: 'Name another directory with --state-dir, or the configuration with --config.',
    exit: exitCode.notFound,
  })
}
