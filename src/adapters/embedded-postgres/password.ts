import { readFile, rename, rm, writeFile } from 'node:fs/promises'
import type { Random } from '../../ports/random.ts'

/** 192 bits; hex needs no escaping in URLs, SQL or shells. */
const passwordBytes = 24

/** Null when there is none yet. */
export async function readPassword(file: string): Promise<string | null> {
  const text = await readFile(file, 'utf8').catch(() => '')
  return text.trim() === '' ? null : text.trim()
}

/** Draws a password and keeps it in `file`, 0600, whole or not at all. */
export async function createPassword(file: string, random: Random): Promise<string> {
  const password = random.hex(passwordBytes)
  const fresh = `${file}.new`
  await rm(fresh, { force: true })
  await writeFile(fresh, password + '\n', { mode: 0o600, flag: 'wx', flush: true })
  await rename(fresh, file)
  return password
}
