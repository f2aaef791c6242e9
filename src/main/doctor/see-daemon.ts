import { hostname } from 'node:os'
import { replacedProgram } from '../../adapters/install/running-program.ts'
import { unitOf } from '../../adapters/systemd/unit.ts'
import type { DaemonFacts } from '../../cli/doctor/machine-facts.ts'
import type { StatusView } from '../../contract/views.ts'
import { messageOf, OperationalError, UserError } from '../../errors.ts'
import { apiClient } from '../api-client.ts'
import type { Origin } from '../origin.ts'
import { timely } from './timely.ts'

/** What the daemon says of itself; `status` is null when none answers. */
export async function seeDaemon(
  origin: Origin,
  limitMs: number,
): Promise<{ facts: DaemonFacts; status: StatusView | null }> {
  const look = await timely(origin.clock, limitMs, () => askStatus(origin))
  if (look.kind === 'unseen') return { facts: { up: false, problem: look.why, hint: null }, status: null }
  const { value } = look
  if ('up' in value) return { facts: value, status: null }
  const { pid, uptimeMs } = value.daemon
  const nowMs = origin.clock.wallMs()
  const replaced = await replacedProgram(pid, { sinceMs: nowMs - uptimeMs, nowMs })
  return { facts: { ...factsOf(value), replaced }, status: value }
}

type Absent = Extract<DaemonFacts, { up: false }>

/** The reason, when there is none to ask. */
async function askStatus(origin: Origin): Promise<StatusView | Absent> {
  try {
    return await (await apiClient(origin)).call('status', {})
  } catch (error) {
    const hint = error instanceof OperationalError || error instanceof UserError ? error.hint : undefined
    return { up: false, problem: messageOf(error), hint: hint ?? null }
  }
}

function factsOf({
  daemon,
  version,
  degraded = [],
  cluster,
}: StatusView): Extract<DaemonFacts, { up: true }> {
  const { pid, uptimeMs, phase, nodeId, stateDir } = daemon
  const host = cluster?.nodes.find((node) => node.nodeId === nodeId && node.state === 'there')?.host
  return {
    up: true,
    pid,
    uptimeMs,
    phase,
    degraded,
    version,
    elsewhere: host === undefined || host === hostname() ? null : host,
    unit: unitOf(pid),
    stateDir,
  }
}
