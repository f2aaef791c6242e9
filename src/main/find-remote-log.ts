import type { LogsService } from '../cli/local-services.ts'
import { createRemoteReader } from '../cli/logs/remote-reader.ts'
import { apiClient } from './api-client.ts'
import { wantedLog } from './find-log.ts'
import type { Origin } from './origin.ts'

/** The logs of the daemon that `--host` names: it reads them for us. */
export async function openRemoteLogs(
  jr: string | undefined,
  instance: number | undefined,
  origin: Origin,
): ReturnType<LogsService['open']> {
  const client = await apiClient(origin)
  const logOf = (name: string | null, number: number) => ({
    jr: name,
    instance: number,
    path: `${name ?? 'the daemon'}${number > 1 ? ` #${number}` : ''} on ${client.where}`,
    reader: createRemoteReader(client, { jr: name, instance: number }),
  })
  const { workers } = await client.call('listWorkers', {})
  const known = new Map<string, number>()
  for (const { name, slot } of workers) known.set(name, Math.max(slot, known.get(name) ?? 0))
  const names = [...known.keys()]
  if (jr === undefined) return { logs: [logOf(null, 1)], known: names }
  const wanted = wantedLog(jr, instance, known)
  const numbers =
    wanted.instance === undefined
      ? Array.from({ length: known.get(wanted.name) ?? 1 }, (_, index) => index + 1)
      : [wanted.instance]
  return { logs: numbers.map((number) => logOf(wanted.name, number)), known: names }
}
