import { readFile } from 'node:fs/promises'
import { join } from 'node:path'

/** What a postmaster writes into its data folder (PostgreSQL source, miscadmin.h "LOCK_FILE_LINE_…"). */
export interface PostmasterFile {
  pid: number
  port: number
  socketDir: string
  /** `starting`, `ready`, `stopping`, `standby`; empty before the first word. */
  status: string
}

export function postmasterFilePath(dataDir: string): string {
  return join(dataDir, 'postmaster.pid')
}

/** Null when there is no such file, or not yet all of its lines. */
export async function readPostmasterFile(dataDir: string): Promise<PostmasterFile | null> {
  const text = await readFile(postmasterFilePath(dataDir), 'utf8').catch(() => null)
  return text === null ? null : parsePostmasterFile(text)
}

/** Lines: pid, data folder, start time, port, socket folder, first address, shared memory, status. */
export function parsePostmasterFile(text: string): PostmasterFile | null {
  const [pidLine, , , portLine, socketDir, , , status] = text.split('\n')
  const pid = Number(pidLine)
  const port = Number(portLine)
  if (!Number.isInteger(pid) || pid <= 1 || !Number.isInteger(port)) return null
  return { pid, port, socketDir: socketDir ?? '', status: status?.trim() ?? '' }
}
