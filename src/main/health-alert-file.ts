import { constants } from 'node:fs'
import { open, readFile, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { KeptChannel } from '../daemon/alerts/kept-alerts.ts'
import { messageOf } from '../errors.ts'

/** What health checks told, so that the next one tells changes alone. */
export interface CheckMemory {
  channels: { [name: string]: KeptChannel }
}

const version = 1
/** Far more than a hundred alerts a channel. */
const bytesMax = 16 * 1024 * 1024

function fileOf(stateDir: string): string {
  return join(stateDir, 'health-check.json')
}

/** What an earlier check kept; nothing where there was none, or what it kept cannot be read. */
export async function readMemory(stateDir: string): Promise<CheckMemory> {
  try {
    const text = await readFile(fileOf(stateDir), 'utf8')
    const found =
      text.length > bytesMax ? {} : (JSON.parse(text) as Partial<CheckMemory> & { version?: number })
    if (found.version === version && typeof found.channels === 'object') return { channels: found.channels }
  } catch {
    // Missing or broken: it begins anew, and tells a trouble once more.
  }
  return { channels: {} }
}

/** Replaces it as a whole. Answers why it could not be, or null. */
export async function writeMemory(stateDir: string, memory: CheckMemory): Promise<string | null> {
  const path = fileOf(stateDir)
  const draft = `${path}.new`
  try {
    const { O_WRONLY, O_CREAT, O_TRUNC, O_NOFOLLOW } = constants
    const file = await open(draft, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW, 0o600)
    try {
      await file.writeFile(JSON.stringify({ version, ...memory }))
    } finally {
      await file.close()
    }
    await rename(draft, path)
    return null
  } catch (error) {
    await rm(draft, { force: true }).catch(() => {})
    return messageOf(error)
  }
}
