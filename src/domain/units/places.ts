import type { Installation } from './unit-files.ts'
import type { UnitLine } from './unit-text.ts'
import { word } from './unit-values.ts'

/** Where systemd makes folders for a unit (systemd.exec(5)), and by which setting. */
const managed = {
  StateDirectory: '/var/lib/',
  LogsDirectory: '/var/log/',
} as const

/** Where systemd makes the folder of the workers' socket, and what it says of it by $RUNTIME_DIRECTORY. */
export const runtimeFolder = 'jrctl'

/**
 * The folders that systemd makes for the daemon, for its account alone; of the runtime folder others may pass the door, for
 * the socket in it is for workers of any account. A user's manager before systemd 254 puts state among the configuration,
 * where no command looks; there the daemon makes it itself.
 */
export function folderLines(installation: Installation): UnitLine[] {
  const { scope, stateDir, logsDir } = installation
  const state = below(stateDir, managed.StateDirectory)
  const logs = logsDir.startsWith(`${stateDir}/`) ? null : below(logsDir, managed.LogsDirectory)
  return [
    ...(scope === 'user' || state === null ? [] : directory('State', state)),
    ...(scope === 'user' || logs === null ? [] : directory('Logs', logs)),
    ...directory('Cache', 'jrctl'),
    ['RuntimeDirectory', runtimeFolder],
    ['RuntimeDirectoryMode', '0711'],
    'Workers hold on to the sockets in it while the daemon is away.',
    ['RuntimeDirectoryPreserve', 'yes'],
  ]
}

/** What systemd says by variables to the daemon, said to the units beside it, so that all find the same places. */
export function placeVariables(installation: Installation): UnitLine[] {
  const { scope, stateDir } = installation
  const state = scope === 'user' ? null : below(stateDir, managed.StateDirectory)
  return [
    ...(state === null ? [] : [['Environment', word(`STATE_DIRECTORY=${stateDir}`)] as const]),
    ['Environment', `RUNTIME_DIRECTORY=%t/${runtimeFolder}`],
  ]
}

/** Folders that the daemon writes to and systemd does not make: they have to be there before it starts. */
export function ownFolders(
  { scope, stateDir, logsDir }: Installation,
  { bySystemd }: { bySystemd: boolean } = { bySystemd: true },
): string[] {
  const isManaged = (path: string, root: string): boolean =>
    bySystemd && scope === 'system' && below(path, root) !== null
  return [
    ...(isManaged(stateDir, managed.StateDirectory) ? [] : [stateDir]),
    ...(isManaged(logsDir, managed.LogsDirectory) || logsDir.startsWith(`${stateDir}/`) ? [] : [logsDir]),
  ]
}

function directory(kind: 'State' | 'Logs' | 'Cache', name: string): UnitLine[] {
  return [
    [`${kind}Directory`, name],
    [`${kind}DirectoryMode`, '0700'],
  ]
}

/** The path below the root, of characters that mean nothing else there; null: it is elsewhere. */
function below(path: string, root: string): string | null {
  const rest = path.startsWith(root) ? path.slice(root.length) : ''
  return /^[\w-][\w.-]*(?:\/[\w-][\w.-]*)*$/.test(rest) ? rest : null
}
