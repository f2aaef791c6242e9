import { join } from 'node:path'
import { daemonLogName } from '../adapters/logger.ts'
import type { LogsService } from '../cli/local-services.ts'
import { logFileName } from '../supervisor/log-name.ts'
import type { Origin } from './origin.ts'
import { loadConfig } from './read-config.ts'

/** Where a Jr, or the daemon, writes. A Jr that is no longer configured still has its file. */
export async function findLog(jr: string | undefined, origin: Origin): ReturnType<LogsService['file']> {
  const { policy } = await loadConfig(origin)
  const known = policy.workers.map((worker) => worker.name)
  const name = jr === undefined ? daemonLogName : logOf(jr, known)
  return { path: join(policy.logs.dir, name), known }
}

/** `Research Jr. #2` is the second instance, as `status` shows it, unless a worker is really called that. */
function logOf(jr: string, known: readonly string[]): string {
  const [, name = jr, slot = '1'] = (known.includes(jr) ? null : /^(.+?) ?#(\d{1,4})$/.exec(jr)) ?? []
  return logFileName(name, Number(slot))
}
