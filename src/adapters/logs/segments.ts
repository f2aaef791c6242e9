import { readdir, rm } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import {
  compressedSuffix,
  type LogSegment,
  parseSegment,
  segmentsOf,
  unfinishedSuffix,
} from '../../domain/log-segment.ts'
import { codeOf } from './open-log.ts'

/** The parts of a log that lie beside it, the oldest first. */
export async function listSegments(path: string): Promise<LogSegment[]> {
  return segmentsOf(basename(path), await namesIn(dirname(path)))
}

/** The names in a folder; none when it is not there. */
export async function namesIn(folder: string): Promise<string[]> {
  return await readdir(folder).catch((error: unknown) => {
    if (codeOf(error) === 'ENOENT') return []
    throw error
  })
}

/** Deletes the oldest parts of a log, all but so many. Their names. */
export async function deleteSurplus(path: string, keep: number): Promise<string[]> {
  const surplus = (await listSegments(path)).slice(0, -keep || undefined)
  for (const { name, compressed } of surplus) {
    const file = join(dirname(path), name)
    await rm(file, { force: true })
    if (compressed) await rm(file.slice(0, -compressedSuffix.length), { force: true })
  }
  return surplus.map(({ name }) => name)
}

/** Removes what a crash left beside a log: copies that were never named, plain parts that are compressed already. */
export async function clearLeftovers(path: string): Promise<void> {
  const [log, folder] = [basename(path), dirname(path)]
  const names = new Set(await namesIn(folder))
  const isLeftover = (name: string) =>
    name === log + unfinishedSuffix ||
    (name.endsWith(compressedSuffix + unfinishedSuffix) &&
      isPartOf(log, name.slice(0, -unfinishedSuffix.length))) ||
    (names.has(name + compressedSuffix) && isPartOf(log, name))
  for (const name of names) if (isLeftover(name)) await rm(join(folder, name), { force: true })
}

function isPartOf(log: string, name: string): boolean {
  return parseSegment(log, name) !== undefined
}
