import { dirname, join } from 'node:path'
import { daemonLogName } from '../adapters/logger.ts'
import { createLogReader } from '../adapters/logs/reader.ts'
import { namesIn } from '../adapters/logs/segments.ts'
import type { LogsService } from '../cli/local-services.ts'
import { ConfigError } from '../config/config-error.ts'
import type { WorkerView } from '../domain/worker.ts'
import { instanceOfLog, logFileName } from '../supervisor/log-name.ts'
import { apiClient } from './api-client.ts'
import type { Origin } from './origin.ts'
import { loadConfig } from './read-config.ts'
import { requireEntry } from './require-entry.ts'

/** Where a Jr's instances, or the daemon, write. A Jr that is no longer configured still has its files. */
export async function openLogs(
  jr: string | undefined,
  instance: number | undefined,
  origin: Origin,
): ReturnType<LogsService['open']> {
  const { dir, known } = await logsDir(origin)
  await requireEntry(dir, { what: `what lies in ${dir}`, code: 'logs.denied' })
  const logOf = (name: string | null, number: number, file: string) => {
    const path = join(dir, file)
    return { jr: name, instance: number, path, reader: createLogReader(path, origin.clock) }
  }
  const names = [...known.keys()]
  if (jr === undefined) return { logs: [logOf(null, 1, daemonLogName)], known: names }
  const wanted = wantedLog(jr, instance, known)
  const numbers =
    wanted.instance === undefined
      ? instancesOf(wanted.name, known.get(wanted.name) ?? 1, await namesIn(dir))
      : [wanted.instance]
  const logs = numbers.map((number) => logOf(wanted.name, number, logFileName(wanted.name, number)))
  return { logs, known: names }
}

/** `Research Jr. #2` is the second instance, as `status` shows it, unless a worker is really called that. */
export function wantedLog(jr: string, instance: number | undefined, known: ReadonlyMap<string, number>) {
  const [, name = jr, slot] = (known.has(jr) ? null : /^(.+?) ?#(\d{1,4})$/.exec(jr)) ?? []
  return { name, instance: instance ?? (slot === undefined ? undefined : Number(slot)) }
}

/** Those that are configured, and those that left a file. */
function instancesOf(name: string, configured: number, files: readonly string[]): number[] {
  const numbers = new Set(Array.from({ length: configured }, (_, index) => index + 1))
  for (const file of files) {
    const number = instanceOfLog(name, file)
    if (number !== undefined) numbers.add(number)
  }
  return [...numbers].sort((a, b) => a - b)
}

interface LogsDir {
  dir: string
  /** How many instances of each Jr are configured. */
  known: ReadonlyMap<string, number>
}

/** As configured; while the file is broken, as the daemon that runs on with what it read before has it. */
async function logsDir(origin: Origin): Promise<LogsDir> {
  try {
    const { policy } = await loadConfig(origin)
    return {
      dir: policy.logs.dir,
      known: new Map(policy.workers.map(({ name, instances }) => [name, instances])),
    }
  } catch (error) {
    const workers = await workersOfDaemon(origin).catch(() => [])
    if (!(error instanceof ConfigError) || workers[0] === undefined) throw error
    const known = new Map<string, number>()
    for (const { name } of workers) known.set(name, (known.get(name) ?? 0) + 1)
    return { dir: dirname(workers[0].logFile), known }
  }
}

async function workersOfDaemon(origin: Origin): Promise<WorkerView[]> {
  const { workers } = await (await apiClient(origin)).call('listWorkers', {})
  return workers
}
