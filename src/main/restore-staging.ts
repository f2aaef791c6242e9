import { mkdir, readdir, readFile, rm } from 'node:fs/promises'
import { existsSync } from 'node:fs'
import { basename, join } from 'node:path'
import { readArchive, type ArchiveFile } from '../adapters/backup/archive-reader.ts'
import { unpackEntry } from '../adapters/backup/unpack-entry.ts'
import { createEmbeddedPostgres } from '../adapters/embedded-postgres/embedded-postgres.ts'
import { layoutOf } from '../adapters/embedded-postgres/layout.ts'
import { readRecord, writeRecord } from '../adapters/embedded-postgres/record.ts'
import {
  type ClusterPlace,
  makeClusterPlace,
  removeClusterPlace,
} from '../adapters/embedded-postgres/restored-cluster.ts'
import { connect } from '../adapters/postgres/connect.ts'
import { targetOfUrl } from '../adapters/postgres/connection-target.ts'
import { schemaState, explainState } from '../adapters/postgres/schema-state.ts'
import { schemaVersion } from '../adapters/postgres/migrations/index.ts'
import { settleRestored as settleQueue } from '../adapters/postgres/sql/settle-restored.ts'
import type { BackupManifest } from '../domain/backup/manifest.ts'
import { backupPaths, withinDatabase } from '../domain/backup/paths.ts'
import { OperationalError } from '../errors.ts'
import { type BackupPlace, embeddedOptionsOf } from './backup-place.ts'
import { stagingName } from './interrupted-restore.ts'
import type { Origin } from './origin.ts'

/** What the configuration of then is called beside the state. */
export const restoredConfigName = 'restored-config.toml'

export interface Staging {
  folder: string
  statePath: string
}

/** An empty folder; what a killed restore left there goes, its server first. */
export async function openStaging({ stateDir }: BackupPlace, origin: Origin): Promise<Staging> {
  const folder = join(stateDir, stagingName)
  await removeStaging(stateDir, origin)
  await mkdir(folder, { mode: 0o700 })
  return { folder, statePath: join(folder, 'state.sqlite') }
}

/**
 * Safe to repeat. The caller owns the state directory, and no exchange is under way. To stop a server wants room for its lock, and it
 * may be a full disk that brought us here: so no server is stopped that does not run, and all else goes before one that does.
 */
export async function removeStaging(
  stateDir: string,
  origin: Pick<Origin, 'process' | 'clock'>,
): Promise<void> {
  const folder = join(stateDir, stagingName)
  if (!existsSync(folder)) return
  const embedded = createEmbeddedPostgres(embeddedOptionsOf(folder, origin))
  const { state } = await embedded.status()
  if (state === 'running' || state === 'starting') {
    const { root } = layoutOf(folder)
    for (const name of await readdir(folder))
      if (name !== basename(root)) await rm(join(folder, name), { recursive: true, force: true })
    await embedded.stop()
  }
  await removeClusterPlace(folder)
  await rm(folder, { recursive: true, force: true })
}

/** Unpacks a backup there, proving it once more: it may have changed since it was looked at. */
export async function unpackInto(
  { folder, statePath }: Staging,
  file: string,
  wanted: { node: boolean; config: boolean },
  watch: { progress(bytes: number, ofBytes: number): void; signal: AbortSignal },
  origin: Origin,
): Promise<void> {
  const layout = layoutOf(folder)
  const own: Record<string, string | null> = {
    [backupPaths.state]: statePath,
    [backupPaths.nodeId]: wanted.node ? join(folder, 'node-id') : null,
    [backupPaths.config]: wanted.config ? join(folder, restoredConfigName) : null,
    [backupPaths.apiToken]: join(folder, 'api-token'),
    [backupPaths.databasePassword]: layout.passwordFile,
    [backupPaths.databaseAdminPassword]: layout.adminPasswordFile,
    // Not under its name yet: the server that is tried out must not come up where the one of then was known to be.
    [backupPaths.databaseRecord]: recordOfThen(folder),
  }
  let cluster: ClusterPlace | null = null
  await readArchive(file, {
    ...watch,
    async begin({ database }) {
      if (database.kind === 'embedded') cluster = await makeClusterPlace(embeddedOptionsOf(folder, origin))
    },
    async visit(entry: ArchiveFile) {
      const inside = withinDatabase(entry.path)
      const path = inside === null ? own[entry.path] : cluster === null ? null : join(cluster.dataDir, inside)
      // What the database's files hold its own server takes to the disk, before it is up.
      if (path !== null && path !== undefined) await unpackEntry(entry, path, { flush: inside === null })
    },
  })
  await (cluster as ClusterPlace | null)?.handOver()
}

function recordOfThen(folder: string): string {
  return join(layoutOf(folder).root, 'server.json.then')
}

/**
 * Starts the restored database where it is, on a port that nobody knows, so that it comes to be one state again, and is seen to; has
 * nobody of then at work in it; and stops it.
 * @returns how many tasks wait again
 * @throws OperationalError embedded.*, db.schema
 */
export async function tryDatabase(
  { folder }: Staging,
  manifest: BackupManifest,
  { loaded }: BackupPlace,
  origin: Origin,
): Promise<number> {
  const embedded = createEmbeddedPostgres(embeddedOptionsOf(folder, origin))
  const { poolSize: _, ...waits } = loaded.policy.queue
  const server = await embedded.start()
  try {
    const database = connect(targetOfUrl(server.socketUrl), {
      ...waits,
      poolSize: 1,
      applicationName: 'jrctl restore',
    })
    try {
      const state = await schemaState(database)
      if (state.kind === 'ahead' && state.version > schemaVersion + 1)
        throw newerQueue(explainState(state), manifest.version)
      const { givenBack } = await settleQueue(
        database,
        `the queue was restored from a backup of ${manifest.createdAt}`,
      )
      return givenBack
    } finally {
      await database.close()
    }
  } finally {
    await embedded.stop()
    await forgetTrial(folder)
  }
}

/** What the trial left beside the data; the port of then is wanted again. */
async function forgetTrial(folder: string): Promise<void> {
  const { root, recordFile, logFile, lockFile } = layoutOf(folder)
  const then = await readRecord(recordOfThen(folder))
  for (const path of [recordFile, recordOfThen(folder), logFile, lockFile]) await rm(path, { force: true })
  await rm(join(root, 'socket'), { recursive: true, force: true })
  if (then !== null) await writeRecord(recordFile, { port: then.port, socketDir: '', process: null })
}

/** What is new, by its name. */
export async function stagedNames({ folder }: Staging): Promise<string[]> {
  return (await readdir(folder)).filter((name) => !name.startsWith('state.sqlite-')).toSorted()
}

/** Whether the configuration in a backup is worth keeping: it is another than the one in force. */
export async function isOtherConfig(file: string, path: string | null): Promise<boolean> {
  const ours = path === null ? null : await readFile(path).catch(() => null)
  let isOther = false
  await readArchive(file, {
    async visit({ path: name, content }) {
      if (name !== backupPaths.config) return
      const parts: Buffer[] = []
      for await (const part of content) parts.push(part)
      isOther = ours === null || !ours.equals(Buffer.concat(parts))
    },
  })
  return isOther
}

function newerQueue(state: string, version: string): OperationalError {
  return new OperationalError(`the queue in the backup is newer than this jrctl: ${state}`, {
    code: 'db.schema',
    retryable: false,
    hint: `Nothing was changed. Restore it with jrctl ${version}, which wrote it, or a later one.`,
  })
}
