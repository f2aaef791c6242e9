import { readlinkSync } from 'node:fs'
import { join } from 'node:path'
import { layoutOf } from '../../adapters/embedded-postgres/layout.ts'
import type { Policy, WorkerDefinition } from '../../config/policy.ts'
import type { FileFacts, FleetNeeds, ScheduleFacts } from '../../ports/machine-checkup.ts'

type File = Omit<FileFacts, 'found'>

/** Files whose readers or writers would have more than is theirs. */
export function importantFiles(
  policy: Policy,
  configPath: string | null,
  environmentFile: string | null = null,
): File[] {
  const { queue, api, gateway, alerts, logs, stateDir } = policy
  const named = (kind: File['kind'], what: string, path: string | null): File[] =>
    path === null ? [] : [{ kind, what, path }]
  return [
    ...named('trusted', 'the configuration', configPath),
    ...named('private', 'the environment file of the installed units', environmentFile),
    ...named('secret', 'the file of [queue] password_file', queue.passwordFile),
    ...named('secret', 'the file of [api] token_file', api.tokenFile),
    ...named('private', 'the API token', api.tokenFile === null ? join(stateDir, 'api-token') : null),
    ...gateway.upstreams.flatMap(({ name, key }) =>
      key !== null && 'file' in key ? named('secret', `the key of the upstream ${name}`, key.file) : [],
    ),
    ...alerts.flatMap(({ name, way }) =>
      way.kind === 'webhook' && 'file' in way.url
        ? named('secret', `the address of the alerts ${name}`, way.url.file)
        : [],
    ),
    ...named('private', "the daemon's socket", api.socket),
    ...named('private', 'the local state', join(stateDir, 'state.sqlite')),
    ...named('private', 'the embedded database', join(stateDir, 'postgres')),
    ...named('private', "the embedded database's password", layoutOf(stateDir).passwordFile),
    ...named(
      'private',
      "the embedded database's administrator's password",
      layoutOf(stateDir).adminPasswordFile,
    ),
    ...named('private', 'the folder of the logs', logs.dir),
  ]
}

/** @param byUnits systemd runs the workers */
export function needsOf(
  { workers, memory }: Pick<Policy, 'workers' | 'memory'>,
  byUnits: boolean,
): FleetNeeds {
  const known = workers.map((worker) => ({ ...worker, count: instancesOf(worker) }))
  const sum = (number: (worker: (typeof known)[number]) => number): number =>
    known.reduce((total, worker) => total + number(worker), 0)
  return {
    instances: sum(({ count }) => count),
    memoryBytes: sum(({ count, limits }) => count * (limits?.memoryBytes ?? 0)),
    unbounded: sum(({ count, limits }) => (limits?.memoryBytes == null ? count : 0)),
    budgetBytes: memory.budgetBytes,
    bounded: known
      .filter(({ limits }) => limits?.memoryBytes != null || limits?.cpuCores != null)
      .map(({ name }) => name),
    byUnits,
  }
}

function instancesOf({ instances, schedule }: WorkerDefinition): number {
  return schedule?.maxConcurrent ?? instances
}

/** Who goes by the host's time, and who says what that is. */
export function schedulesOf({ workers, windows }: Policy, env: NodeJS.ProcessEnv): ScheduleFacts {
  const channels = new Set(windows.flatMap(({ channel, timezone }) => (timezone === null ? [channel] : [])))
  return {
    timezone: timezoneOf(env['TZ']),
    asked: env['TZ'] ?? null,
    byHost: [
      ...workers.flatMap(({ name, schedule }) => (schedule?.timezone === null ? [name] : [])),
      ...(channels.size === 0 ? [] : [`the windows of ${[...channels].join(', ')}`]),
    ],
    source: env['TZ'] !== undefined ? 'TZ' : hasLocaltime() ? '/etc/localtime' : null,
  }
}

/** @param asked empty means UTC (POSIX) */
function timezoneOf(asked: string | undefined): string | null {
  // Of a name that it does not know the engine says undefined, whatever its type promises, and works by UTC.
  const found: string | undefined = Intl.DateTimeFormat().resolvedOptions().timeZone
  if (found !== undefined && found !== 'Etc/Unknown') return found
  return asked ? null : 'UTC'
}

function hasLocaltime(): boolean {
  try {
    return readlinkSync('/etc/localtime') !== ''
  } catch (error) {
    // A file instead of a link says it too.
    return (error as NodeJS.ErrnoException).code === 'EINVAL'
  }
}
