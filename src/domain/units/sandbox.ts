import type { Installation } from './unit-files.ts'
import { ownFolders } from './places.ts'
import type { UnitLine } from './unit-text.ts'
import { word } from './unit-values.ts'

/**
 * What the hardened daemon is kept from (systemd.exec(5), "Sandboxing"). Left out on purpose: MemoryDenyWriteExecute (V8 and
 * node:ffi make code at run time), RemoveIPC (at a restart it would take the shared memory of the embedded database, and of workers
 * of the same account, from under them), PrivateUsers (each start would have a user namespace of its own, from which one may not
 * look into the processes of the last one's: a daemon that was restarted could not tell its embedded database, or what a daemon
 * before spawned, from a stranger's), ProcSubset=pid (a machine's boot id is in /proc/sys), IPAddressDeny (the database and the LLM
 * may be anywhere; a drop-in can name them).
 */
export function sandboxLines(installation: Installation): UnitLine[] {
  return [
    ...(installation.scope === 'system' ? systemLines : userLines),
    ...filesystemLines(installation),
    ...everywhere,
  ]
}

const everywhere: UnitLine[] = [
  ['NoNewPrivileges', 'yes'],
  ['PrivateMounts', 'yes'],
  ['ProtectControlGroups', 'yes'],
  'AF_NETLINK: how the C library learns which addresses there are.',
  ['RestrictAddressFamilies', 'AF_UNIX AF_INET AF_INET6 AF_NETLINK'],
  ['RestrictNamespaces', 'yes'],
  ['RestrictRealtime', 'yes'],
  ['RestrictSUIDSGID', 'yes'],
  ['LockPersonality', 'yes'],
  ['SystemCallArchitectures', 'native'],
  ['SystemCallFilter', '@system-service'],
  ['SystemCallFilter', '~@privileged @resources'],
  'Node raises its limit of open files, and the database sets its own.',
  ['SystemCallFilter', 'setrlimit prlimit64'],
  'A call that is refused fails as any call may; to be killed for it would end the fleet.',
  ['SystemCallErrorNumber', 'EPERM'],
]

const systemLines: UnitLine[] = [
  ['CapabilityBoundingSet', ''],
  ['AmbientCapabilities', ''],
  ['PrivateDevices', 'yes'],
  ['DevicePolicy', 'closed'],
  ['ProtectClock', 'yes'],
  ['ProtectHostname', 'yes'],
  ['ProtectKernelLogs', 'yes'],
  ['ProtectKernelModules', 'yes'],
  ['ProtectKernelTunables', 'yes'],
  ['ProtectProc', 'invisible'],
  ['KeyringMode', 'private'],
]

/** A user's manager can do less, and does it in a user namespace, where the machine allows these. */
const userLines: UnitLine[] = [
  'Needs user namespaces for everybody (kernel.unprivileged_userns_clone).',
  ['PrivateUsers', 'yes'],
]

function filesystemLines(installation: Installation): UnitLine[] {
  const writable = ownFolders(installation)
  return [
    ['ProtectSystem', 'strict'],
    ['ProtectHome', usesHomes(installation) ? 'read-only' : 'yes'],
    ...(sharesTmp(installation) ? [] : [['PrivateTmp', 'yes'] as const]),
    ...(writable.length === 0 ? [] : [['ReadWritePaths', writable.map(word).join(' ')] as const]),
  ]
}

function usesHomes({ scope, program, config, stateDir, logsDir }: Installation): boolean {
  const isInHome = (path: string): boolean => /^\/(?:home|root|run\/user)\//.test(path)
  return scope === 'user' || [program, config, stateDir, logsDir].some(isInHome)
}

/** The embedded database's socket goes to /tmp when the state directory's path is too long for it. */
const shortPathMax = 70

/** Whether somebody outside has to find something of ours in /tmp. */
function sharesTmp({ program, config, stateDir, logsDir, sockets }: Installation): boolean {
  const isInTmp = (path: string): boolean => /^(?:\/var)?\/tmp\//.test(path)
  return [program, config, stateDir, logsDir, ...sockets].some(isInTmp) || stateDir.length > shortPathMax
}
