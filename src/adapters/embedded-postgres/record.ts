import { readFile, rename, writeFile } from 'node:fs/promises'

/** What we remember of the server beside its data: the port it keeps, and the process that we started last. */
export interface ServerRecord {
  port: number
  socketDir: string
  /** Null until it was started once. */
  process: { pid: number; startTime: number; bootId: string } | null
}

/** Null when there is none, or none that can be read: everything in it can be chosen anew. */
export async function readRecord(file: string): Promise<ServerRecord | null> {
  try {
    const record = JSON.parse(await readFile(file, 'utf8')) as ServerRecord
    return Number.isInteger(record.port) && typeof record.socketDir === 'string' ? record : null
  } catch {
    return null
  }
}

/** Whole or not at all. Only the holder of the start lock writes. */
export async function writeRecord(file: string, record: ServerRecord): Promise<void> {
  await writeFile(`${file}.new`, JSON.stringify(record) + '\n', { mode: 0o600 })
  await rename(`${file}.new`, file)
}
