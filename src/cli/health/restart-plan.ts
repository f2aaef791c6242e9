import type { ServiceUnit } from '../../ports/service-units.ts'
import type { HealthFacts, Restart } from './facts.ts'

/** What is to be done about one that should run and does not. */
export type RestartStep =
  | { kind: 'ask_daemon'; name: string; why: string }
  | { kind: 'restart_unit'; name: string | null; unit: ServiceUnit; why: string }
  | { kind: 'report'; restart: Restart }

export interface RestartQuestion {
  facts: Pick<HealthFacts, 'daemon' | 'workers'>
  /** Jrs that fell silent, with how long ago they were heard of. */
  silent: readonly { name: string; lastSeenAgeMs: number | null }[]
  /** Jrs of the configuration that are to be kept running. */
  configured: readonly string[]
  /** Those whom only a daemon starts: a unit of theirs that is not in use is the template's, and would refuse. */
  spawned?: readonly string[]
  /** The daemon's own unit, and those of Jrs; null: there is none. */
  daemonUnit: ServiceUnit | null
  /** How a daemon without a unit comes to run, where that is not by `jrctl daemon`. */
  start?: string | null
  unitOf: (jrName: string) => ServiceUnit | null
  nowMs: number
}

/**
 * Who is restarted, and by whom. Nobody whom somebody else is at (the supervisor with its waits and breakers, systemd in between
 * two starts), and nobody who was stopped on purpose: that is told, and left to the operator.
 */
export function planRestarts(question: RestartQuestion): RestartStep[] {
  const { facts, silent, configured } = question
  // Whom systemd runs is its to restart, whatever the daemon tells of him.
  const spawned = facts.workers.filter(({ unit }) => unit === undefined)
  const managed = new Set(spawned.map(({ name }) => name))
  const { daemon } = facts
  // Of whom one may not ask nobody knows whether he should run.
  const others = daemon?.up === true || daemon?.isDenied === true ? [] : configured
  const names = [...new Set([...silent.map(({ name }) => name), ...others])]
  return [
    ...daemonSteps(question),
    ...names.flatMap((name) =>
      managed.has(name) ? managedSteps(question, name) : unitSteps(question, name),
    ),
  ]
}

function daemonSteps({ facts, daemonUnit: unit, start }: RestartQuestion): RestartStep[] {
  const { daemon } = facts
  if (daemon === null || daemon.up || daemon.isDenied === true) return []
  if (daemon.pid !== null) {
    // Killing it would be the end of what it is in the middle of; its watchdog knows when.
    const next =
      unit === null
        ? `look at it with jrctl logs, or end it: kill ${daemon.pid}`
        : unitCommand(unit, 'restart')
    return [left(null, `pid ${daemon.pid} is left alone; if it stays so: ${next}`)]
  }
  if (unit === null) return [left(null, start ?? 'start the daemon: jrctl daemon')]
  switch (unit.state) {
    case 'failed':
      return [{ kind: 'restart_unit', name: null, unit, why: 'it failed' }]
    case 'activating':
    case 'reloading':
      return [left(null, `systemd is starting ${unit.name}`)]
    case 'active':
      return [
        left(null, `${unit.name} is active, but does not answer here: does it use another configuration?`),
      ]
    default:
      return [left(null, `${unit.name} was stopped; start it: ${unitCommand(unit, 'start')}`)]
  }
}

/** The supervisor restarts what falls silent by itself; when it has not, it is told to. */
function managedSteps({ facts, silent, nowMs }: RestartQuestion, name: string): RestartStep[] {
  const instances = facts.workers.filter((worker) => worker.name === name)
  const ageMs = silent.find((one) => one.name === name)?.lastSeenAgeMs ?? null
  const isRunning = instances.length > 0 && instances.every(({ state }) => state === 'running')
  // A row from before its start is of an earlier life and says nothing of this one (spec §4).
  const hasBeaten = instances.some(
    ({ startedAt }) => typeof startedAt === 'number' && ageMs !== null && nowMs - ageMs > startedAt,
  )
  const isHeard = instances.some(
    ({ heartbeatAgeMs }) => typeof heartbeatAgeMs === 'number' && ageMs !== null && heartbeatAgeMs < ageMs,
  )
  return isRunning && hasBeaten && !isHeard ? [{ kind: 'ask_daemon', name, why: 'it fell silent' }] : []
}

function unitSteps({ facts, silent, unitOf, spawned = [] }: RestartQuestion, name: string): RestartStep[] {
  const found = unitOf(name)
  const unit = found?.state === 'inactive' && spawned.includes(name) ? null : found
  const isSilent = silent.some((one) => one.name === name)
  if (unit === null || (unit.state === 'inactive' && !isSilent)) {
    // Where a daemon runs it, it comes back with the daemon; where nobody does, it is another machine's.
    return isSilent && facts.daemon?.up === true
      ? [left(name, `${name} is silent and not run on this node`)]
      : []
  }
  switch (unit.state) {
    case 'failed':
      return [{ kind: 'restart_unit', name, unit, why: 'it failed' }]
    case 'active':
      return isSilent ? [{ kind: 'restart_unit', name, unit, why: 'it fell silent' }] : []
    case 'activating':
    case 'deactivating':
    case 'reloading':
      return []
    default:
      // Of a template every name is an inactive unit: the Jr may well be another machine's.
      return [left(name, `${name} is silent; if it belongs here, start it: ${unitCommand(unit, 'start')}`)]
  }
}

function left(name: string | null, text: string): RestartStep {
  return { kind: 'report', restart: { name, by: 'nobody', outcome: 'left', text } }
}

/** By which an operator does what a unit is asked for. */
export function unitCommand({ name, scope }: ServiceUnit, verb: 'restart' | 'start'): string {
  const word = /^[\w@.:-]+$/.test(name) ? name : `'${name}'`
  return `systemctl ${scope === 'user' ? '--user ' : ''}${verb} ${word}`
}
