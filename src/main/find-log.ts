import { dirname, join } from 'node:path'
import { daemonLogName } from '../adapters/logger.ts'
import type { LogsService } from '../cli/local-services.ts'
import { ConfigError } from '../config/config-error.ts'
import type { WorkerView } from '../domain/worker.ts'
import { logFileName } from '../supervisor/log-name.ts'
import { apiClient } from './api-client.ts'
import type { Origin } from './origin.ts'
import { loadConfig } from './read-config.ts'

/** Where a Jr, or the daemon, writes. A Jr that is no longer configured still has its file. */
export async function findLog(jr: string | undefined, origin: Origin): ReturnType<LogsService['file']> {
  const { dir, known } = await logsDir(origin)
  const name = jr === undefined ? daemonLogName : logOf(jr, known)
  return { path: join(dir, name), known }
}

/** As configured; while the file is broken, as the daemon that runs on with what it read before has it. */
async function logsDir(origin: Origin): Promise<{ dir: string; known: string[] }> {
  try {
    const { policy } = await loadConfig(origin)
    return { dir: policy.logs.dir, known: policy.workers.map((worker) => worker.name) }
  } catch (error) {
    const workers = await workersOfDaemon(origin).catch(() => [])
    if (!(error instanceof ConfigError) || workers[0] === undefined) throw error
    return { dir: dirname(workers[0].logFile), known: workers.map((worker) => worker.name) }
  }
}

async function workersOfDaemon(origin: Origin): Promise<WorkerView[]> {
  const { workers } = await (await apiClient(origin)).call('listWorkers', {})
  return workers
}

/** `Research Jr. #2` is the second instance, as `status` shows it, unless a worker is really called that. */
function logOf(jr: string, known: readonly string[]): string {
  const [, name = jr, slot = '1'] = (known.includes(jr) ? null : /^(.+?) ?#(\d{1,4})$/.exec(jr)) ?? []
  return logFileName(name, Number(slot))
}
