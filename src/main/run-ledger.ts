import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { setAsideFiles, verifyLedgerFile } from '../adapters/sqlite/ledger-file.ts'
import type { LedgerFiles, LedgerService } from '../cli/local-services.ts'
import { UserError, exitCode } from '../errors.ts'
import type { Origin } from './origin.ts'
import { loadConfig } from './read-config.ts'

/** Where this node's ledger lies, by the configuration. */
export async function findLedger(origin: Origin): Promise<LedgerFiles> {
  const { policy } = await loadConfig(origin)
  const path = join(policy.stateDir, 'state.sqlite')
  return { path, setAside: await setAsideFiles(path) }
}

/** `jrctl ledger verify` without a daemon. @throws UserError (exit 3) when there is no such file */
export async function verifyFile(
  file: string | undefined,
  origin: Origin,
): ReturnType<LedgerService['verify']> {
  const path = file ?? (await findLedger(origin)).path
  // One that may not be looked at is SQLite's to refuse, with the reason.
  const isFile = await stat(path).then(
    (stats) => stats.isFile(),
    (error: NodeJS.ErrnoException) => error.code !== 'ENOENT' && error.code !== 'ENOTDIR',
  )
  if (!isFile)
    throw new UserError(`There is no file ${path}`, {
      hint: 'Name another with --file, or another configuration with --config.',
      exit: exitCode.notFound,
    })
  return { ...(await verifyLedgerFile(path)), file: path }
}
