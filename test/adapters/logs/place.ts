import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createLogReader } from '../../../src/adapters/logs/reader.ts'
import { systemClock } from '../../../src/adapters/clock.ts'
import type { LogLimits, LogPiece, LogWish } from '../../../src/ports/log-files.ts'

export const limits: LogLimits = { rotateSizeBytes: 1000, rotateAgeMs: null, keep: 100, compress: false }

/** A folder of its own with a log to be in it. */
export async function logPlace() {
  const folder = await mkdtemp(join(tmpdir(), 'jrctl-logs-'))
  const path = join(folder, 'a_jr.log')
  return {
    folder,
    path,
    /** The names beside the log, sorted: parts by age. */
    parts: async () => (await readdir(folder)).filter((name) => name !== 'a_jr.log').sort(),
    partText: async (name: string) => await readFile(join(folder, name), 'utf8'),
    remove: () => rm(folder, { recursive: true, force: true }),
  }
}

export const everything: LogWish = { lines: null, sinceMs: null, follow: false }

/** All that a log and its parts hold, put together as a reader does. */
export async function readAll(path: string, wish: Partial<LogWish> = {}): Promise<string> {
  const chunks: Buffer[] = []
  for await (const piece of createLogReader(path, systemClock()).read({ ...everything, ...wish })) {
    if (piece.kind === 'gap') throw new Error(`a gap of ${piece.bytes} bytes`)
    if (piece.kind === 'bytes') chunks.push(piece.bytes)
  }
  return Buffer.concat(chunks).toString('utf8')
}

/** Numbered lines from `first` on. */
export function lines(count: number, first = 0): string {
  return Array.from({ length: count }, (_, index) => `line ${first + index}\n`).join('')
}

/** The text of a piece. */
export function textOf(piece: LogPiece | undefined): string {
  return piece?.kind === 'bytes' ? piece.bytes.toString('utf8') : `<${piece?.kind}>`
}
