import type { JrName } from '../domain/ids.ts'
import { pausedReason } from '../domain/worker.ts'
import { BugError } from '../errors.ts'
import type { Gate } from './gate/gate.ts'
import type { Roster } from './roster.ts'
import type { Slot } from './slot/slot.ts'
import type { WorkerCommand } from './supervisor.ts'

/** More processes of one worker than this are a slip of the finger. */
const instancesMax = 500

/** Does what an operator asks of a known worker. Answers why not, or null when it is done. */
export async function obey(
  roster: Roster,
  gate: Pick<Gate, 'pardon'>,
  name: JrName,
  command: WorkerCommand,
): Promise<string | null> {
  const pardon = (): void => {
    gate.pardon(name, 'an operator')
    for (const slot of roster.of(name)) slot.pardon()
  }
  const meant = meantSlots(roster.of(name), command)
  if (typeof meant === 'string') return `${name} ${meant}`
  switch (command.kind) {
    case 'start':
      return await unlessPaused(roster, name, { meant, pardon }, (slot) => roster.begin(slot, true))
    case 'restart':
      return await unlessPaused(roster, name, { meant, pardon }, (slot) =>
        slot.living ? slot.renew('restarted by an operator') : roster.begin(slot, true),
      )
    case 'stop':
      await Promise.all(meant.map((slot) => roster.end(slot, 'rest', 'stopped by an operator')))
      return null
    case 'pause':
      roster.setPaused(name, true)
      await Promise.all(roster.of(name).map((slot) => roster.end(slot, 'hold', pausedReason)))
      return null
    case 'resume':
      return await resume(roster, name, pardon)
    case 'scale':
      return await scale(roster, name, command.instances)
    default:
      throw new BugError(`no such command: ${JSON.stringify(command satisfies never)}`)
  }
}

/** All instances, or the one that is named; what is wrong with it where it is not there. */
function meantSlots(all: readonly Slot[], command: WorkerCommand): readonly Slot[] | string {
  const instance = 'instance' in command ? command.instance : undefined
  if (instance === undefined) return all
  const meant = all.filter(({ number }) => number === instance)
  return meant.length > 0 ? meant : `has no instance ${instance}; it has ${all.length} (from 1)`
}

async function unlessPaused(
  roster: Roster,
  name: JrName,
  { meant, pardon }: { meant: readonly Slot[]; pardon: () => void },
  action: (slot: Slot) => void,
): Promise<string | null> {
  if (roster.isPaused(name)) {
    return `${name} is paused; resume it first: jrctl workers resume "${name}"`
  }
  if (roster.of(name).length === 0) {
    return `${name} has no instances (instances = 0); give it some: jrctl workers scale "${name}" 1`
  }
  pardon()
  for (const slot of meant) action(slot)
  return await settled(roster, name)
}

async function resume(roster: Roster, name: JrName, pardon: () => void): Promise<string | null> {
  if (!roster.isPaused(name)) return `${name} is not paused`
  pardon()
  roster.setPaused(name, false)
  for (const slot of roster.of(name)) {
    slot.resume()
    roster.begin(slot)
  }
  return await settled(roster, name)
}

async function scale(roster: Roster, name: JrName, instances: number): Promise<string | null> {
  if (!Number.isInteger(instances) || instances < 0 || instances > instancesMax) {
    return `${instances} instances of ${name} cannot be: from 0 to ${instancesMax}`
  }
  await roster.scale(name, instances)
  return await settled(roster, name)
}

async function settled(roster: Roster, name: JrName): Promise<null> {
  await Promise.all(roster.of(name).map((slot) => slot.settled()))
  return null
}
