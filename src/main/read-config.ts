import { systemClock } from '../adapters/clock.ts'
import type { ConfigService } from '../cli/local-services.ts'
import { loadPolicy, type LoadedPolicy } from '../config/load.ts'
import { nextTimes } from '../config/next-times.ts'
import { effective } from '../config/show.ts'
import { createChannelWindows } from '../daemon/windows/channel-windows.ts'
import { layersOf } from '../domain/dependencies.ts'
import { lackingWorkers } from './lacking-workers.ts'
import type { Origin } from './origin.ts'
import { placeOf } from './place.ts'
import { socketFolderWarnings } from './socket-folder.ts'

/** The configuration that a command meant. Throws ConfigError with all that is wrong. */
export function loadConfig({ process, configPath }: Origin): Promise<LoadedPolicy> {
  return loadPolicy({ ...placeOf(process), path: configPath })
}

export async function checkConfig(origin: Origin): ReturnType<ConfigService['check']> {
  const { path, warnings, policy, settings } = await loadConfig(origin)
  const layers = [...Map.groupBy(layersOf(policy.workers), ([, layer]) => layer)]
    .sort(([one], [other]) => one - other)
    .map(([, members]) => members.map(([name]) => name))
  const nowMs = systemClock().wallMs()
  const schedules = await nextTimes(policy.workers, nowMs)
  const saysWindows = settings.some(({ key, source }) => key.startsWith('windows.') && source.kind === 'file')
  const lacking = await lackingWorkers(policy, origin.process.env)
  return {
    path,
    warnings: [
      ...warnings,
      ...socketFolderWarnings(policy.api.socket, placeOf(origin.process).uid),
      ...lacking,
    ],
    workers: policy.workers.map(({ name }) => name),
    layers,
    schedules,
    windows: saysWindows ? createChannelWindows(policy.windows).views(nowMs) : [],
  }
}

export async function showConfig(origin: Origin): ReturnType<ConfigService['show']> {
  const loaded = await loadConfig(origin)
  return { path: loaded.path, settings: await effective(loaded) }
}
