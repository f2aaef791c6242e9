/**
 * What of PostgreSQL's data folder a copy does without: what belongs to the running server, or is made anew at its start. The
 * log of changes (pg_wal) is copied by itself, when it is known which part of it the copy needs.
 * Source: PostgreSQL manual, "Making a Base Backup Using the Low Level API", and basebackup.c, whose lists these are.
 */
const emptyFolders = new Set([
  'pg_dynshmem',
  'pg_notify',
  'pg_replslot',
  'pg_serial',
  'pg_snapshots',
  'pg_stat_tmp',
  'pg_subtrans',
  'pg_wal',
])
const leftOutFiles = new Set([
  'postmaster.pid',
  'postmaster.opts',
  'postgresql.auto.conf.tmp',
  'current_logfiles.tmp',
  'backup_label',
  'backup_label.old',
  'tablespace_map',
  'tablespace_map.old',
  'backup_manifest',
])

/** Copied at the very end: it says where the server was. */
export const controlFile = 'global/pg_control'

/** Whether the folder is copied without what is in it. */
export function isCopiedEmpty(path: string): boolean {
  return emptyFolders.has(path)
}

/** Whether the copy does without this file or folder. Paths are relative to the data folder. */
export function isLeftOut(path: string): boolean {
  const name = path.slice(path.lastIndexOf('/') + 1)
  return (
    leftOutFiles.has(path) ||
    path === controlFile ||
    name.startsWith('pgsql_tmp') ||
    name.startsWith('pg_internal.init')
  )
}

/** More than this between the beginning and the end of a copy, and something is wrong: 160 GB at 16 MB each. */
const segmentsMax = 10_000

/**
 * The files of the log from the one of these names to the other, both included: timeline, then log and segment, 8 hex digits
 * each. Null when they name no such row.
 * @param segmentBytes the server's wal_segment_size
 */
export function logSegments(first: string, last: string, segmentBytes: number): string[] | null {
  const pattern = /^[0-9A-F]{24}$/
  if (!pattern.test(first) || !pattern.test(last) || first.slice(0, 8) !== last.slice(0, 8)) return null
  const perLog = 2 ** 32 / segmentBytes
  const indexOf = (name: string): number =>
    Number.parseInt(name.slice(8, 16), 16) * perLog + Number.parseInt(name.slice(16), 16)
  const [from, to] = [indexOf(first), indexOf(last)]
  if (to < from || to - from >= segmentsMax) return null
  const hex = (value: number): string => value.toString(16).toUpperCase().padStart(8, '0')
  return Array.from({ length: to - from + 1 }, (_, offset) => {
    const index = from + offset
    return `${first.slice(0, 8)}${hex(Math.floor(index / perLog))}${hex(index % perLog)}`
  })
}
