import type { InstallAccount } from '../adapters/install/accounts.ts'
import { createCrontab } from '../adapters/install/crontab.ts'
import {
  makeFolder,
  makeOwnedFolder,
  placeFile,
  removeEmptyFolder,
  removeFile,
  removeTree,
} from '../adapters/install/files.ts'
import { createLingering } from '../adapters/install/lingering.ts'
import { copyProgram } from '../adapters/install/program-copy.ts'
import { createSystemctl } from '../adapters/install/systemctl.ts'
import { wayOut } from '../adapters/install/way-out.ts'
import type { ApplyTale } from '../cli/install/service.ts'
import type { UnitOwner } from '../domain/install/old-fleet.ts'
import type { InstallStep } from '../domain/install/step.ts'
import { OperationalError, UserError } from '../errors.ts'
import type { UnitManager } from '../ports/unit-manager.ts'
import type { Origin } from './origin.ts'
import { endFleet, type FleetPlaces, requireUnused } from './run-install-left.ts'
import { endOldFleet } from './run-install-old.ts'
import type { InstallPlace } from './run-install-place.ts'
import { startUnit } from './run-install-start.ts'
import { stopDaemon } from './run-install-stop.ts'

export interface ApplyContext {
  place: InstallPlace
  /** Whose fleet it is; null: nobody knows any more. */
  account: Pick<InstallAccount, 'name' | 'uid' | 'gids'> | null
  tale: ApplyTale
  origin: Origin
  /** Where the fleet that is taken away is known by; null: none is. */
  fleet: FleetPlaces | null
}

/** What a step leaves to be said: of itself, and of what it could not do. */
export interface StepOutcome {
  more?: string
  problem?: string
}

const stopMs = 300_000

/** Does the steps one after another. Answers what could not be done although the rest was. */
export async function applySteps(steps: readonly InstallStep[], context: ApplyContext): Promise<string[]> {
  const { tale } = context
  await requireWithin(context.place.layout.root, steps)
  const problems: string[] = []
  for (const [index, step] of steps.entries()) {
    const { more, problem } = await withProgress(step, index, steps.length, context)
    if (problem !== undefined) problems.push(problem)
    tale.done(index, more ?? null)
  }
  return problems
}

/** Before anything is done: whoever installs into an image means no file of this machine. */
async function requireWithin(root: string, steps: readonly InstallStep[]): Promise<void> {
  if (root === '') return
  for (const step of steps) {
    const outside = 'path' in step ? await wayOut(root, step.path) : null
    if ('path' in step && outside !== null)
      throw new UserError(`${step.path} leads out of ${root}, to ${outside}: nothing was done`, {
        hint: `Make the link within ${root} a relative one, or install on the machine itself.`,
      })
  }
}

/** A failure says how far it got. */
async function withProgress(
  step: InstallStep,
  index: number,
  all: number,
  context: ApplyContext,
): Promise<StepOutcome> {
  try {
    return await apply(step, context)
  } catch (error) {
    if (!(error instanceof OperationalError) || index === 0) throw error
    throw new OperationalError(`${error.message} (${index} of ${all} steps are done)`, {
      code: error.code,
      retryable: error.retryable,
      ...(error.hint === undefined ? {} : { hint: error.hint }),
      cause: error,
    })
  }
}

async function apply(step: InstallStep, context: ApplyContext): Promise<StepOutcome> {
  const { place, tale, origin } = context
  const { root } = place.layout
  const manager = () => managerOf(place)
  switch (step.kind) {
    case 'make_folder':
      await makeFolder(root + step.path, step.mode)
      return {}
    case 'make_own_folder':
      if (context.account !== null) await makeOwnedFolder(step.path, context.account)
      return {}
    case 'note_record':
      return kept(await placeFile({ path: root + step.path, text: step.text, mode: 0o644, keepOld: false }))
    case 'copy_program':
      await copyProgram(step.from, root + step.path)
      return {}
    case 'write_file':
      return kept(await placeFile({ ...step, path: root + step.path }))
    case 'remove_file':
      return kept(await removeFile(root + step.path, step.keepOld))
    case 'remove_folder':
      await removeEmptyFolder(root + step.path)
      return {}
    case 'end_left':
      return context.fleet === null ? {} : endFleet(context.fleet, place, origin.clock)
    case 'remove_tree':
      if (root === '') await requireUnused(step.path)
      await removeTree(step.path)
      return {}
    case 'reload':
      return must(await manager().reload(), 'systemd does not take the units', 'install.systemd')
    case 'linger':
      return linger(step, context)
    case 'switch_off': {
      const owner = ownerOf(step.unit.owner, context)
      return must(
        await owner.disable([step.unit.name], { now: true }),
        `${step.unit.name} cannot be switched off`,
        'install.systemd',
      )
    }
    case 'end_processes':
      return endOldFleet(step, origin)
    case 'enable':
      return must(await manager().enable(step.units), 'the units cannot be enabled', 'install.systemd')
    case 'reload_daemon':
      return must(
        await manager().reloadUnit(step.unit),
        'the daemon does not take its configuration',
        'install.reload',
      )
    case 'start':
      return startUnit(step, manager(), { place, tale, clock: origin.clock })
    case 'write_crontab':
      await createCrontab(place.layout.scope === 'system' ? step.account : null, place.env).write(step.text)
      return {}
    case 'disable':
      return must(
        await manager().disable(step.units, { now: false }),
        'the units cannot be disabled',
        'install.systemd',
      )
    case 'stop':
      return must(await manager().stop(step.units, stopMs), 'the units cannot be stopped', 'install.systemd')
    case 'stop_daemon':
      return stopDaemon(step, step.pid === null ? manager() : null, context)
    default:
      return step satisfies never
  }
}

function managerOf({ manager, whyNoManager }: InstallPlace): UnitManager {
  if (manager !== null) return manager
  throw new OperationalError(`systemd cannot be asked: ${whyNoManager ?? ''}`, {
    code: 'install.systemd',
    retryable: true,
  })
}

function ownerOf(owner: UnitOwner, { place, account }: ApplyContext): UnitManager {
  const isAccounts = owner === 'user' && place.layout.scope === 'system' && account !== null
  return isAccounts
    ? createSystemctl({ of: { kind: 'account', account: account.name }, env: place.env })
    : managerOf(place)
}

function kept(aside: string | null): StepOutcome {
  return aside === null ? {} : { more: `what was there is kept as ${aside}` }
}

export function must(refused: string | null, what: string, code: string): StepOutcome {
  if (refused === null) return {}
  throw new OperationalError(`${what}: ${refused}`, {
    code,
    retryable: true,
    hint: 'See to it, then run this again: it goes on where it was cut off.',
  })
}

async function linger(
  { account, on }: Extract<InstallStep, { kind: 'linger' }>,
  { place }: ApplyContext,
): Promise<StepOutcome> {
  const refused = await createLingering(place.env).switch(account, on)
  if (refused === null) return {}
  const command = `sudo loginctl ${on ? 'enable' : 'disable'}-linger ${account}`
  return {
    more: 'not done',
    problem: on
      ? `lingering could not be switched on (${refused}): the fleet ends with the last session of ${account}, and does not start with the machine; run: ${command}`
      : `lingering could not be switched off (${refused}); run: ${command}`,
  }
}
