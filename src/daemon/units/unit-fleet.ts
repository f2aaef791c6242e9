import { join } from 'node:path'
import type { WorkerDefinition } from '../../config/policy.ts'
import { type JrName, jrName } from '../../domain/ids.ts'
import {
  agreeingCommand,
  compareUnits,
  disagreements,
  type UnitsFound,
} from '../../domain/units/unit-agreement.ts'
import { workerUnit } from '../../domain/units/unit-name.ts'
import type { WorkerView } from '../../domain/worker.ts'
import type { UnitStanding, WorkerUnits } from '../../ports/worker-units.ts'
import { createFleet, type Fleet, type FleetDeps } from '../../supervisor/fleet.ts'
import { logFileName } from '../../supervisor/log-name.ts'
import type { HeartbeatAge, WorkerCommand } from '../../supervisor/supervisor.ts'
import { createDuty } from '../duty.ts'
import { unitView } from './unit-view.ts'

/** What of systemctl does the same. */
const verbs = {
  start: 'start',
  stop: 'stop',
  restart: 'restart',
  pause: 'disable --now',
  resume: 'enable --now',
} as const satisfies Partial<Record<WorkerCommand['kind'], string>>

/** One short process, of some milliseconds; systemd tells nobody who is not on its bus. */
const lookEveryMs = 5_000
/** While one of them starts, stops or has just done so. */
const lookAgainMs = 1_000

export interface UnitFleetDeps extends FleetDeps {
  units: WorkerUnits
  /** Has the units know what they need of this daemon; before they are started, and after each reload. */
  tellUnits(): Promise<void>
  /** The units of workers that there are, of whatever configuration; null: systemd could not be asked. */
  found(): Promise<UnitsFound | null>
}

/**
 * The fleet of a daemon that starts no worker: systemd does, and this tells how they stand. What an earlier daemon spawned
 * itself is ended first, for two fleets would do everything twice.
 */
export function createUnitFleet(deps: UnitFleetDeps): Fleet {
  const { clock, policy, logsDir } = deps
  const spawned = createFleet({ ...deps, definitions: [] })
  const listeners = new Set<() => void>()
  let defined = deps.definitions
  let standings: Standings = null
  let beats: readonly HeartbeatAge[] = []
  /** A configuration is new to us: nobody has looked yet whether it has the units that there are. */
  let isToCompare = true
  let misfits: string[] = []

  const looking = createDuty(
    {
      name: "looking at the workers' units",
      everyMs: lookEveryMs,
      minGapMs: 1_000,
      async run() {
        const before = standings
        standings = await deps.units.look(slots().map(({ unit }) => unit))
        await compare()
        for (const listener of listeners) listener()
        return isInFlux(before, standings) ? lookAgainMs : lookEveryMs
      },
    },
    { clock, logger: deps.logger },
  )

  function slots(): { definition: WorkerDefinition; slot: number; unit: string }[] {
    return defined.flatMap((definition) =>
      Array.from({ length: definition.instances }, (_, index) => ({
        definition,
        slot: index + 1,
        unit: workerUnit(definition.name, index + 1),
      })),
    )
  }

  /** With a configuration that is new, and then until both agree: a person has to bring them together, for we may change no units. */
  async function compare(): Promise<void> {
    if (!isToCompare && misfits.length === 0) return
    const isNew = isToCompare
    isToCompare = false
    const found = await deps.found()
    if (found === null) {
      isToCompare ||= isNew
      return
    }
    misfits = disagreements(compareUnits(defined, found)).map(
      (words) => `${words} (bring them together: ${agreeingCommand})`,
    )
    if (isNew) for (const words of misfits) deps.logger.warn({}, words)
  }

  function viewOf({ definition, slot, unit }: ReturnType<typeof slots>[number]): WorkerView {
    const standing = standings === null ? null : standings.get(unit)
    const own = beats.find(({ instanceId }) => instanceId !== null && instanceId === standing?.instanceId)
    return unitView({
      definition,
      slot,
      standing,
      // A legacy worker beats for its Jr only; and without systemd's word nobody knows whose beat is whose.
      beat: own ?? beats.find(({ instanceId, name }) => instanceId === null && name === definition.name),
      logFile: join(logsDir, logFileName(definition.name, slot)),
      silentMs: policy.heartbeatTimeoutMs,
      nowMs: { wall: clock.wallMs(), monotonic: clock.monotonicMs() },
    })
  }

  function isOurs(name: JrName): boolean {
    return defined.some((definition) => definition.name === name)
  }

  return {
    ...spawned,
    async start() {
      await deps.tellUnits()
      await spawned.start()
      looking.start()
    },
    async stop(...how) {
      await looking.stop()
      return spawned.stop(...how)
    },
    views: () => [...slots().map(viewOf), ...spawned.views()],
    configured: () => defined.map(({ name }) => jrName(name)),
    heartbeats(ages) {
      beats = ages
      spawned.heartbeats(ages)
    },
    async command(name, command) {
      if (!isOurs(name)) return { kind: 'not_found', known: this.configured() }
      return { kind: 'refused', reason: `systemd runs ${name}: ${commandsFor(name, command)}` }
    },
    async reload(definitions) {
      defined = definitions
      isToCompare = true
      await deps.tellUnits()
      looking.wake()
    },
    subscribe(listener) {
      listeners.add(listener)
      const end = spawned.subscribe(listener)
      return () => {
        listeners.delete(listener)
        end()
      }
    },
    complaints: () => misfits,
    // Bounds on their memory are the units' own.
    async shed() {},
    async letBack() {},
    runNow: (name) => `this daemon starts no workers, so that nobody keeps the schedule of ${name}`,
  }

  /** What an operator does instead, in a shell. */
  function commandsFor(name: JrName, command: WorkerCommand): string {
    if (command.kind === 'scale') return 'set its instances in the configuration, then: jrctl install'
    const verb = verbs[command.kind]
    const wanted = 'instance' in command ? command.instance : undefined
    return slots()
      .filter(({ definition, slot }) => definition.name === name && (wanted ?? slot) === slot)
      .map(({ unit }) => deps.units.commandFor(verb, unit))
      .join('; ')
  }
}

type Standings = ReadonlyMap<string, UnitStanding> | null

/** Whether more is likely to happen soon. */
function isInFlux(before: Standings, after: Standings): boolean {
  return [...(after ?? [])].some(
    ([unit, { state, instanceId }]) =>
      state.endsWith('ing') ||
      state !== before?.get(unit)?.state ||
      instanceId !== before.get(unit)?.instanceId,
  )
}
