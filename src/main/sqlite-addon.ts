import { createRequire } from 'node:module'
import { join } from 'node:path'
import { systemClock } from '../adapters/clock.ts'
import { openParcels } from '../adapters/parcels/parcels.ts'
import { BugError, messageOf, OperationalError } from '../errors.ts'
import { addonFile } from './addon-file.ts'

/**
 * better-sqlite3's native part, unpacked and loaded. In a packaged executable alone: its bundle asks here (bin/package.mts) where
 * the library itself would look through its own folders.
 */
export async function loadSqliteAddon(): Promise<unknown> {
  const parcels = openParcels(process.env, systemClock())
  if (parcels === null) throw new BugError('this is no packaged executable')
  const path = join(await parcels.folder('sqlite'), addonFile)
  try {
    return createRequire(path)(path)
  } catch (cause) {
    throw new OperationalError(`${path} cannot be loaded: ${messageOf(cause)}`, {
      code: 'unpack.unloadable',
      retryable: false,
      hint: 'It needs glibc and libstdc++; name a folder that is not mounted noexec by JRCTL_UNPACK_DIR=FOLDER',
      cause,
    })
  }
}
