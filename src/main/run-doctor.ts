import { constants, type StatsFs } from 'node:fs'
import { access, stat, statfs } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { createDatabaseCheckup } from '../adapters/postgres/database-checkup.ts'
import { systemRandom } from '../adapters/random.ts'
import type { MachineFacts } from '../cli/doctor/judge-machine.ts'
import type { DoctorFacts } from '../cli/local-services.ts'
import type { Policy } from '../config/policy.ts'
import { messageOf, OperationalError } from '../errors.ts'
import { apiClient } from './api-client.ts'
import { openForLook } from './open-for-look.ts'
import type { OpenedQueue } from './open-queue.ts'
import type { Origin } from './origin.ts'
import { loadConfig } from './read-config.ts'

/** `jrctl doctor`: looks at database and machine side by side; what is out of reach is a finding. */
export async function runDoctor(origin: Origin): Promise<DoctorFacts> {
  const { policy } = await loadConfig(origin)
  const machine = await seeMachine(policy, origin)
  return { ...(await seeDatabase(policy, origin)), machine }
}

async function seeDatabase(policy: Policy, origin: Origin): Promise<Omit<DoctorFacts, 'machine'>> {
  let opened: OpenedQueue | undefined
  try {
    opened = await openForLook('jrctl doctor', policy, origin)
    const checkup = createDatabaseCheckup(opened.database, { clock: origin.clock, random: systemRandom() })
    return { target: opened.target.describe(), database: { kind: 'seen', facts: await checkup.examine() } }
  } catch (error) {
    // A wrong configuration is the asker's mistake; an absent database is what a doctor is for.
    if (!(error instanceof OperationalError)) throw error
    const target = opened?.target.describe() ?? null
    return { target, database: { kind: 'away', problem: messageOf(error), hint: error.hint ?? null } }
  } finally {
    await opened?.close()
  }
}

async function seeMachine({ stateDir }: Policy, origin: Origin): Promise<MachineFacts> {
  return {
    nodeVersion: origin.process.versions.node,
    stateDir: await seeStateDir(stateDir),
    memory: await seeMemory(join(stateDir, 'state.sqlite')),
    daemon: await seeDaemon(origin),
  }
}

async function seeStateDir(path: string): Promise<MachineFacts['stateDir']> {
  const [stats, disk, writable] = await Promise.all([
    stat(path).catch(() => null),
    diskOf(path),
    access(path, constants.W_OK | constants.X_OK).then(
      () => true,
      () => false,
    ),
  ])
  return {
    path,
    mode: stats === null ? null : stats.mode,
    writable,
    freeBytes: disk === null ? null : disk.bavail * disk.bsize,
    totalBytes: disk === null ? null : disk.blocks * disk.bsize,
  }
}

/** Of a folder that is not there yet, the disk where it will be made. */
async function diskOf(path: string): Promise<StatsFs | null> {
  try {
    return await statfs(path)
  } catch (error) {
    const isAbsent = error instanceof Error && 'code' in error && error.code === 'ENOENT'
    const parent = dirname(path)
    return isAbsent && parent !== path ? diskOf(parent) : null
  }
}

async function seeMemory(path: string): Promise<MachineFacts['memory']> {
  try {
    await access(path)
  } catch {
    return null
  }
  try {
    const { examineState } = await import('../adapters/sqlite/state-checkup.ts')
    return { kind: 'seen', value: examineState(path) }
  } catch (error) {
    return { kind: 'unseen', why: messageOf(error) }
  }
}

async function seeDaemon(origin: Origin): Promise<MachineFacts['daemon']> {
  try {
    const { daemon, degraded = [] } = await (await apiClient(origin)).call('status', {})
    const { pid, uptimeMs, phase } = daemon
    return { up: true, pid, uptimeMs, phase, degraded }
  } catch (error) {
    return { up: false, problem: messageOf(error) }
  }
}
