import Database from 'better-sqlite3'
import { statSync } from 'node:fs'

/**
 * A state file to be read only, beside the daemon that writes it or without one. What a reader leaves behind is as it found it:
 * a connection that may only read makes the files of the write-ahead log and may not take them away. So where that log holds
 * nothing, the connection is an ordinary one that is forbidden to write, which as the last one tidies up after itself; SQLite's
 * locks see to it that it is the last. Where the log holds something, a daemon lives or died, and it is left for its next to read.
 */
export function openToLook(path: string, busyTimeoutMs: number): Database.Database {
  const options = { fileMustExist: true, timeout: busyTimeoutMs }
  const logBytes = statSync(`${path}-wal`, { throwIfNoEntry: false })?.size ?? 0
  if (logBytes > 0) return new Database(path, { ...options, readonly: true })
  const db = new Database(path, options)
  db.pragma('query_only = ON')
  return db
}
