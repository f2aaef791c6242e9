import { open } from 'node:fs/promises'

/** A name is on disk once its folder is: of what was made, renamed or taken away in there. */
export async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}
