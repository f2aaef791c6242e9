import { join } from 'node:path'
import type { LogSource } from '../api/services.ts'
import type { JrName } from '../domain/ids.ts'
import { logFileName } from '../supervisor/log-name.ts'
import type { DaemonDeps } from './daemon-deps.ts'

/** Where a worker's instance, or the daemon (null), writes; the file's name is made of the Jr's, so nothing else is reached. */
export function logOf(
  { logFiles, logsDir }: Pick<DaemonDeps, 'logFiles'> & { logsDir: string },
  jr: JrName | null,
  instance: number,
): LogSource {
  const path = jr === null ? logFiles.own.path : join(logsDir, logFileName(jr, instance))
  return { path, reader: logFiles.readerOf(path) }
}
