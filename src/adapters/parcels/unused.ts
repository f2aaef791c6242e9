import { readdir, readlink, rm, stat, utimes } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { parcelOfFolder } from './parcel.ts'

const dayMs = 24 * 60 * 60_000
/** An older jrctl that is still in use on this machine is used at least so often. */
const unusedAfterMs = 14 * dayMs

/** Says by the folder's time that it is in use; once a day is enough. Answers whether that was due. */
export async function markUsed(folder: string, wallMs: number): Promise<boolean> {
  const { mtimeMs } = await stat(folder)
  const isDue = Math.abs(wallMs - mtimeMs) > dayMs
  if (isDue) await utimes(folder, wallMs / 1000, wallMs / 1000)
  return isDue
}

/**
 * Removes what earlier versions unpacked into `parent` and nobody has used for two weeks, and what killed processes left half written.
 * Called after an unpacking and then with a day's first use: who upgraded yesterday used the old one yesterday. What cannot be
 * removed stays.
 */
export async function removeUnused(parent: string, current: string, wallMs: number): Promise<void> {
  const programs = await runningPrograms()
  for (const name of await readdir(parent)) {
    const path = join(parent, name)
    const [folder = '', unfinished] = name.split('.')
    const ours = parcelOfFolder(folder)
    if (ours === null || name === basename(current)) continue
    const age = wallMs - ((await stat(path).catch(() => null))?.mtimeMs ?? wallMs)
    if (age < (unfinished === undefined ? unusedAfterMs : dayMs)) continue
    if (programs.some((program) => program.startsWith(`${path}/`))) continue
    await rm(path, { recursive: true, force: true }).catch(() => {})
  }
}

/** What runs on this machine, as far as we may see: a server that outlives its daemon still loads libraries from its folder. */
async function runningPrograms(): Promise<string[]> {
  const pids = (await readdir('/proc').catch(() => [])).filter((name) => /^\d+$/.test(name))
  const programs = await Promise.all(pids.map((pid) => readlink(`/proc/${pid}/exe`).catch(() => null)))
  return programs.filter((program) => program !== null)
}
