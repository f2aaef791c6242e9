import { readFile, stat } from 'node:fs/promises'
import { nameOfUid } from '../domain/passwd.ts'

/** What somebody else is to do, who may. */
export function askAs(account: string): string {
  return `Ask as ${account}: sudo -u ${account} jrctl …`
}

/** The account whose a file or folder is; null: it lies where we cannot even see that. */
export async function ownerOf(path: string): Promise<string | null> {
  const stats = await stat(path).catch(() => null)
  if (stats === null) return null
  return nameOfUid(await readFile('/etc/passwd', 'utf8').catch(() => ''), stats.uid)
}
