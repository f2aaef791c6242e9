import { join } from 'node:path'
import { daemonLogName } from '../adapters/logger.ts'
import type { LogsService } from '../cli/local-services.ts'
import { logFileName } from '../supervisor/log-name.ts'
import type { Origin } from './origin.ts'
import { loadConfig } from './read-config.ts'

/** Where a Jr, or the daemon, writes. A Jr that is no longer configured still has its file. */
export async function findLog(jr: string | undefined, origin: Origin): ReturnType<LogsService['file']> {
  const { policy } = await loadConfig(origin)
  const name = jr === undefined ? daemonLogName : logFileName(jr, 1)
  return { path: join(policy.logs.dir, name), known: policy.workers.map((worker) => worker.name) }
}
