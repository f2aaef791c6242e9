import { hostname } from 'node:os'
import { replacedProgram, textMs } from '../../adapters/install/running-program.ts'
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
  const times = { sinceMs: nowMs - uptimeMs, nowMs }
  const facts = factsOf(value)
  const replaced = await replacedProgram(pid, times)
  const rewritten = facts.unit === null ? null : await rewrittenVariables(origin, times)
  return { facts: { ...facts, replaced, rewritten }, status: value }
}

/** The environment file of the installed units, when it was written since; null: it was not, or nothing is installed. */
async function rewrittenVariables(
  { installed }: Origin,
  { sinceMs, nowMs }: { sinceMs: number; nowMs: number },
): Promise<string | null> {
  if (installed?.kind !== 'joined') return null
  const { environmentFile } = installed
  const writtenMs = await textMs(environmentFile, nowMs)
  return writtenMs !== null && writtenMs > sinceMs ? environmentFile : null
}

type Absent = Extract<DaemonFacts, { up: false }>

/** The reason, when there is none to ask. */
async function askStatus(origin: Origin): Promise<StatusView | Absent> {
  try {
    return await (await apiClient(origin)).call('status', {})
  } catch (error) {
    const hint = error instanceof OperationalError || error instanceof UserError ? error.hint : undefined
    const isClosed = error instanceof OperationalError && error.code === 'daemon.denied'
    return { up: false, problem: messageOf(error), hint: hint ?? null, isClosed }
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
