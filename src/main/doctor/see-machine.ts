import { constants } from 'node:fs'
import { access, lstat, stat } from 'node:fs/promises'
import { release, tmpdir } from 'node:os'
import { join } from 'node:path'
import { isClockSynchronised } from '../../adapters/checkup/clock-sync.ts'
import { examineCron } from '../../adapters/checkup/cron.ts'
import { examineDisks } from '../../adapters/checkup/disks.ts'
import { examineFiles } from '../../adapters/checkup/files.ts'
import { accountName, examineLibraries } from '../../adapters/checkup/libraries.ts'
import { examineLimits, examineMemory } from '../../adapters/checkup/limits.ts'
import { examineServices } from '../../adapters/checkup/services.ts'
import { examineStrangers } from '../../adapters/checkup/strangers.ts'
import { examineParcels } from '../../adapters/parcels/examine.ts'
import type { ConfigurationFacts, MachineFacts, StateDirFacts } from '../../cli/doctor/machine-facts.ts'
import type { LoadedPolicy } from '../../config/load.ts'
import type { Policy } from '../../config/policy.ts'
import { messageOf } from '../../errors.ts'
import type { Look } from '../../ports/database-checkup.ts'
import type { DiskFacts, VersionFacts } from '../../ports/machine-checkup.ts'
import type { StateFacts } from '../../ports/state-checkup.ts'
import type { Origin } from '../origin.ts'
import { recordOf } from '../installed-record.ts'
import { ownerOf } from '../owner-of.ts'
import { withRuntimeDir } from '../runtime-dir.ts'
import { version } from '../version.ts'
import { importantFiles, needsOf, schedulesOf } from './policy-facts.ts'
import { runsByUnits } from './see-supervision.ts'
import { seeCgroup } from './see-cgroup.ts'
import { seeDaemon } from './see-daemon.ts'
import { seeAlerts, seePorts, seeUpstreams } from './see-network.ts'
import { seeWorkerUnits } from './see-worker-units.ts'
import { timely } from './timely.ts'

/** For the daemon's answer, on which some of the rest depends. */
const daemonMs = 1_500
/** For each other look; together with that, well within the five seconds that the whole may take. */
const lookMs = 2_500
/** What a program that we ask may take; then its look says why it failed. */
const programMs = 2_000

export interface Scene {
  /** Null: the configuration cannot be read, and nothing that it says is known. */
  loaded: LoadedPolicy | null
  configuration: ConfigurationFacts
}

/** All that there is to see of this machine, each part within its own time; none can keep another from being seen. */
export async function seeMachine({ loaded, configuration }: Scene, origin: Origin): Promise<MachineFacts> {
  const { clock, process } = origin
  const { env } = process
  const uid = process.geteuid?.() ?? -1
  const policy = loaded?.policy ?? null
  const cronOf = recordOf(origin)?.cronOf ?? null
  const environmentFile = origin.installed?.kind === 'joined' ? origin.installed.environmentFile : null
  const { facts: daemon, status } = await seeDaemon(origin, daemonMs)
  const whose = daemon.up
    ? ({ pid: daemon.pid, of: 'daemon' } as const)
    : ({ pid: process.pid, of: 'shell' } as const)

  const look = <T>(work: () => Promise<T>): Promise<Look<T>> => timely(clock, lookMs, work)
  const ofPolicy = <T>(work: (known: Policy) => Promise<T> | T): Promise<Look<T>> =>
    policy === null ? Promise.resolve(unread) : look(async () => work(policy))

  const parts = {
    versions: look(async () => ({
      jrctl: version,
      node: process.versions.node,
      ...(await seeSqlite()),
      kernel: release(),
      daemon: daemon.up ? daemon.version : null,
    })),
    stateDir: ofPolicy(({ stateDir }) => seeStateDir(stateDir)),
    memory: ofPolicy(({ stateDir }) => seeMemory(join(stateDir, 'state.sqlite'))),
    files: ofPolicy((known) => examineFiles(importantFiles(known, loaded?.path ?? null, environmentFile))),
    disks: ofPolicy((known) => seeDisks(known)),
    clock: look(async () => ({
      synchronised: isClockSynchronised(),
      steppedMs: status === null ? null : clock.wallMs() - status.daemon.startedAt - status.daemon.uptimeMs,
    })),
    limits: look(() => examineLimits(whose.pid, whose.of)),
    needs: ofPolicy(async (known) => needsOf(known, await runsByUnits(known, daemon, origin))),
    hardware: look(() => examineMemory(whose.pid)),
    cgroup: look(() => seeCgroup(whose)),
    services: look(() =>
      examineServices({
        env: withRuntimeDir(env, uid),
        uid,
        accountName: accountName(),
        timeoutMs: programMs,
      }),
    ),
    workerUnits: ofPolicy((known) => seeWorkerUnits(known, daemon, origin)),
    cron: look(() =>
      examineCron({ env, timeoutMs: programMs, uid, installedFor: cronOf === accountName() ? null : cronOf }),
    ),
    strangers: look(() => examineStrangers()),
    ports: ofPolicy((known) => seePorts(known, status)),
    upstreams: ofPolicy((known) => seeUpstreams(known, { env, clock, timeoutMs: programMs })),
    alerts: ofPolicy((known) => seeAlerts(known, env)),
    schedules: ofPolicy((known) => schedulesOf(known, env)),
    parcels: look(() => examineParcels(env, clock.wallMs())),
    libraries: look(() => examineLibraries()),
  }
  return {
    uid,
    configuration,
    daemon,
    ...(await allOf(parts)),
    terminal: { locale: env['LC_ALL'] || env['LC_CTYPE'] || env['LANG'] || null },
  }
}

const unread = { kind: 'unseen', why: 'not known: the configuration cannot be read' } as const

async function allOf<T extends Record<string, Promise<unknown>>>(
  parts: T,
): Promise<{ [Name in keyof T]: Awaited<T[Name]> }> {
  const entries = await Promise.all(Object.entries(parts).map(async ([name, part]) => [name, await part]))
  return Object.fromEntries(entries) as { [Name in keyof T]: Awaited<T[Name]> }
}

async function seeStateDir(path: string): Promise<StateDirFacts> {
  const [stats, link, refused, name] = await Promise.all([
    stat(path).catch(() => null),
    lstat(path).catch(() => null),
    access(path, constants.R_OK | constants.W_OK | constants.X_OK).then(
      () => null,
      ({ code }: NodeJS.ErrnoException) => code ?? 'EACCES',
    ),
    ownerOf(path),
  ])
  return {
    path,
    mode: stats?.mode ?? null,
    isLink: link?.isSymbolicLink() ?? false,
    isFolder: stats?.isDirectory() ?? false,
    owner: stats === null ? null : { uid: stats.uid, name: name ?? String(stats.uid) },
    refused,
  }
}

function seeDisks({ stateDir, logs }: Policy): Promise<DiskFacts[]> {
  return examineDisks([
    { use: 'the state', path: stateDir },
    { use: 'the logs', path: logs.dir },
    { use: 'temporary files', path: tmpdir() },
  ])
}

/** Loading it proves more than a look at the file: what carries it is unpacked for this. */
async function seeSqlite(): Promise<Pick<VersionFacts, 'sqlite' | 'sqliteProblem'>> {
  try {
    const { sqliteVersion } = await import('../../adapters/sqlite/sqlite-version.ts')
    return { sqlite: sqliteVersion(), sqliteProblem: null }
  } catch (error) {
    return { sqlite: null, sqliteProblem: messageOf(error) }
  }
}

async function seeMemory(path: string): Promise<StateFacts | null> {
  if ((await stat(path).catch(() => null)) === null) return null
  return (await import('../../adapters/sqlite/state-checkup.ts')).examineState(path)
}
