import type { Dirent } from 'node:fs'
import { open, readdir, readFile, readlink } from 'node:fs/promises'
import { join } from 'node:path'
import { controlFile, isCopiedEmpty, isLeftOut, logSegments } from '../../domain/backup/database-files.ts'
import { OperationalError } from '../../errors.ts'
import { openAdminSession, type AdminSession } from './admin-session.ts'
import { layoutOf } from './layout.ts'

/*
 * A copy of a cluster while its server runs and everybody writes: the files as they are found, and with them the part of the log
 * that makes them one state again (PostgreSQL manual, "Making a Base Backup Using the Low Level API"). The package that we embed
 * has neither pg_dump nor pg_basebackup. Reading all tables in one transaction instead was turned down: what a fleet has made for itself
 * beside our tables (columns, tables, rights, other databases) would be lost, as we are no pg_dump.
 */

/** Takes what is copied, in this order. Paths are relative to the data folder; the first is the folder itself, ''. */
export interface CopySink {
  folder(path: string): Promise<void>
  file(path: string, bytes: number, content: AsyncIterable<Buffer>): Promise<void>
}

export interface ClusterCopy {
  major: number
  /** `18.4` */
  server: string
  /** Nearly what will be copied. */
  bytes: number
  write(sink: CopySink): Promise<void>
  /** Ends the session, and with it whatever the server keeps for the copy. */
  close(): Promise<void>
}

/**
 * Begins a copy of the state directory's cluster, whose server runs.
 * @throws OperationalError embedded.*
 */
export async function openClusterCopy(stateDir: string): Promise<ClusterCopy> {
  const { dataDir } = layoutOf(stateDir)
  const session = await openAdminSession(stateDir, { applicationName: 'jrctl backup' })
  try {
    const { version, ...sizes } = await look(session)
    await refuseTablespaces(dataDir)
    const major = Math.floor(version / 10_000)
    return {
      major,
      server: `${major}.${version % 10_000}`,
      bytes: sizes.bytes,
      write: (sink) => write(session, dataDir, sizes.segmentBytes, sink),
      close: () => session.end(),
    }
  } catch (error) {
    await session.end()
    throw error
  }
}

interface Look {
  version: number
  segmentBytes: number
  bytes: number
}

async function look(session: AdminSession): Promise<Look> {
  const [row] = await session.query<{ version: string; segment: string; bytes: string }>(
    `select current_setting('server_version_num') as version,
       (select setting from pg_settings where name = 'wal_segment_size') as segment,
       (select sum(pg_database_size(oid)) from pg_database)::text as bytes`,
  )
  return {
    version: Number(row?.version),
    segmentBytes: Number(row?.segment),
    bytes: Number(row?.bytes),
  }
}

async function write(
  session: AdminSession,
  dataDir: string,
  segmentBytes: number,
  sink: CopySink,
): Promise<void> {
  // Of the log nothing is taken away as long as this session lives, however long the copy takes.
  await session.query(`select pg_create_physical_replication_slot($1, true, true)`, [
    `jrctl_backup_${process.pid}`,
  ])
  // Fast: the checkpoint that it waits for is made at once.
  const [start] = await session.query<{ first: string }>(
    `select pg_walfile_name(lsn) as first from pg_backup_start('jrctl backup', fast => true) as lsn`,
  )
  await sink.folder('')
  await copyFolder(dataDir, '', sink)
  await copyControl(dataDir, sink)
  const [stop] = await session.query<{ last: string; label: string; map: string | null }>(
    `select pg_walfile_name(lsn) as last, labelfile as label, spcmapfile as map from pg_backup_stop(wait_for_archive => false)`,
  )
  if (start === undefined || stop === undefined)
    throw brokenOff('the server did not say where it began or ended')
  await copyText('backup_label', stop.label, sink)
  await copyLog(dataDir, logSegments(start.first, stop.last, segmentBytes), sink)
}

async function copyFolder(dataDir: string, folder: string, sink: CopySink): Promise<void> {
  const entries = await readdir(join(dataDir, folder), { withFileTypes: true })
  for (const entry of entries.toSorted(byName)) {
    const path = folder === '' ? entry.name : `${folder}/${entry.name}`
    if (isLeftOut(path)) continue
    if (entry.isFile()) await copyFile(dataDir, path, sink)
    else if (entry.isDirectory()) {
      await sink.folder(path)
      if (!isCopiedEmpty(path)) await copyFolder(dataDir, path, sink)
    } else if (!isCopiedEmpty(path)) throw brokenOff(`${path} is neither a file nor a folder`)
    else await sink.folder(path)
  }
}

/** False: it is gone. It belonged to a table that was dropped, then, and the log says so, too. */
async function copyFile(dataDir: string, path: string, sink: CopySink): Promise<boolean> {
  const handle = await open(join(dataDir, path), 'r').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null
    throw error
  })
  if (handle === null) return false
  try {
    const { size } = await handle.stat()
    await sink.file(path, size, bytesOf(handle, size))
    return true
  } finally {
    await handle.close()
  }
}

const chunkBytes = 256 * 1024

/** As long as it was when it was opened: what it grew by since, and what it lost, comes back from the log. */
async function* bytesOf(
  handle: {
    read(buffer: Buffer, offset: number, length: number, position: number): Promise<{ bytesRead: number }>
  },
  size: number,
): AsyncGenerator<Buffer> {
  for (let position = 0; position < size;) {
    const chunk = Buffer.alloc(Math.min(chunkBytes, size - position))
    const { bytesRead } = await handle.read(chunk, 0, chunk.length, position)
    const part = bytesRead === 0 ? chunk : chunk.subarray(0, bytesRead)
    position += part.length
    yield part
  }
}

/** Unlike the others the log does not mend it; one that is written at the very moment is read half. */
async function copyControl(dataDir: string, sink: CopySink): Promise<void> {
  const path = join(dataDir, controlFile)
  let before = await readFile(path)
  for (let tries = 0; tries < controlTriesMax; tries += 1) {
    const again = await readFile(path)
    if (again.equals(before)) return sink.file(controlFile, again.length, whole(again))
    before = again
  }
  throw brokenOff(`${controlFile} never stayed the same between two looks`)
}

const controlTriesMax = 100

async function copyLog(dataDir: string, names: string[] | null, sink: CopySink): Promise<void> {
  if (names === null) throw brokenOff('the beginning and the end of its log do not fit together')
  for (const [index, name] of names.entries()) {
    const path = `pg_wal/${name}`
    // An end at the very edge of a file names the next one, which nobody has needed yet.
    const mayBeMissing = index > 0 && index === names.length - 1
    if (!(await copyFile(dataDir, path, sink)) && !mayBeMissing) throw brokenOff(`${path} is gone`)
  }
}

function copyText(path: string, text: string, sink: CopySink): Promise<void> {
  const content = Buffer.from(text)
  return sink.file(path, content.length, whole(content))
}

async function* whole(content: Buffer): AsyncGenerator<Buffer> {
  yield content
}

/** Ours has none; where somebody made one, a copy of the data folder would be half of a database. */
async function refuseTablespaces(dataDir: string): Promise<void> {
  const names = await readdir(join(dataDir, 'pg_tblspc'))
  const [first] = names
  if (first === undefined) return
  const target = await readlink(join(dataDir, 'pg_tblspc', first)).catch(() => first)
  throw new OperationalError(
    `The embedded PostgreSQL has a tablespace in ${target}, outside of its data folder`,
    {
      code: 'embedded.tablespace',
      retryable: false,
      hint: 'Move its tables back (ALTER TABLE … SET TABLESPACE pg_default) and drop it, or back this database up with pg_basebackup.',
    },
  )
}

function byName(one: Dirent, other: Dirent): number {
  return one.name < other.name ? -1 : 1
}

function brokenOff(how: string): OperationalError {
  return new OperationalError(`The embedded PostgreSQL cannot be copied: ${how}`, {
    code: 'embedded.copy',
    retryable: true,
    hint: 'Try again; its log, postgres/postgres.log in the state directory, may say more.',
  })
}
