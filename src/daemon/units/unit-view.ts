import type { WorkerDefinition } from '../../config/policy.ts'
import { jrName } from '../../domain/ids.ts'
import { workerUnit } from '../../domain/units/unit-name.ts'
import type { WorkerState, WorkerView } from '../../domain/worker.ts'
import type { UnitStanding } from '../../ports/worker-units.ts'
import type { HeartbeatAge } from '../../supervisor/supervisor.ts'

/** What is known of one worker that systemd runs. */
export interface UnitKnown {
  definition: WorkerDefinition
  slot: number
  /** Undefined: there is no such unit; null: systemd could not be asked. */
  standing: UnitStanding | undefined | null
  beat: HeartbeatAge | undefined
  logFile: string
  /** To be silent for longer is not to be there, where systemd cannot be asked. */
  silentMs: number
  nowMs: { wall: number; monotonic: number }
}

/** A worker as an operator sees it: who runs it, and how it stands by systemd's word and its own. */
export function unitView(known: UnitKnown): WorkerView {
  const { definition, slot, standing, beat, nowMs } = known
  const { state, reason } = stateOf(known)
  const startedMs = standing?.startedMonotonicMs ?? null
  const isUp = state === 'running'
  return {
    name: jrName(definition.name),
    slot,
    instanceId: standing?.instanceId ?? null,
    state,
    reason,
    unit: workerUnit(definition.name, slot),
    pid: standing?.pid ?? null,
    startedAt: startedMs === null ? null : Math.round(nowMs.wall - (nowMs.monotonic - startedMs)),
    restarts: standing?.restarts ?? 0,
    lastExit: standing == null || standing.result === 'success' ? null : standing.result,
    nextStartAt: null,
    heartbeatAgeMs: isUp ? (beat?.ageMs ?? null) : null,
    rssBytes: standing?.memoryBytes ?? null,
    cpuPercent: null,
    logFile: known.logFile,
    adopted: false,
    priority: definition.priority,
    department: definition.department,
    stopGraceMs: definition.stopGraceMs,
    ready: isUp,
    readySince: null,
    waitsFor: null,
  }
}

/** systemd.unit(5), "ActiveState". */
const states: Readonly<Record<string, WorkerState>> = {
  active: 'running',
  reloading: 'running',
  activating: 'starting',
  deactivating: 'stopping',
  failed: 'error',
  inactive: 'stopped',
}

function stateOf(known: UnitKnown): { state: WorkerState; reason: string } {
  const { definition, slot, standing } = known
  const unit = workerUnit(definition.name, slot)
  if (definition.schedule !== undefined)
    return { state: 'stopped', reason: 'has a schedule, which nobody keeps: workers run as units of systemd' }
  if (standing === undefined)
    return { state: 'missing', reason: `there is no unit ${unit}: install it with jrctl install` }
  if (standing === null) return byHeartbeat(known, unit)
  if (standing.subState === 'auto-restart')
    return { state: 'backoff', reason: `${unit} is started again: ${standing.result}` }
  const state = states[standing.state] ?? 'stopped'
  const why = state === 'error' ? `: ${standing.result}` : ''
  return { state, reason: `${unit} is ${standing.state}${why}` }
}

/** Legacy workers that never beat are then simply not known of. */
function byHeartbeat({ beat, silentMs }: UnitKnown, unit: string): { state: WorkerState; reason: string } {
  const isHeard = beat !== undefined && beat.ageMs < silentMs
  return {
    state: isHeard ? 'running' : 'stopped',
    reason: `systemd does not say how ${unit} is; ${isHeard ? 'it is heard of' : 'nothing is heard of it'}`,
  }
}
