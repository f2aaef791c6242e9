import { realpath } from 'node:fs/promises'
import { dirname } from 'node:path'
import { isSea } from 'node:sea'
import type { InstallAccount } from '../adapters/install/accounts.ts'
import { barrierTo } from '../adapters/install/barrier.ts'
import { lookAt } from '../adapters/install/files.ts'
import { isNoexec } from '../adapters/parcels/mounts.ts'
import type { InstallOptions, PreparedInstall } from '../cli/install/service.ts'
import { installationOf } from '../config/installation.ts'
import { cronLines, cronVariables, type CronWish, startByHand } from '../domain/install/cron-lines.ts'
import { type InstallSeen, type InstallWish, planInstall } from '../domain/install/plan-install.ts'
import { nothingStarted } from '../domain/install/plan-run-on.ts'
import {
  forgottenCopy,
  placeProgram,
  type ProgramPlace,
  whyCopyAsked,
} from '../domain/install/program-place.ts'
import type { Profile } from '../domain/install/record.ts'
import { sealed } from '../domain/install/seal.ts'
import { ownFolders } from '../domain/units/places.ts'
import { enabledUnits, type Installation, unitFiles } from '../domain/units/unit-files.ts'
import { foreignUsers, unitProblems, unreachableProblems } from '../domain/units/unit-problems.ts'
import { withUnitType } from '../domain/units/unit-name.ts'
import { UserError } from '../errors.ts'
import { userName } from './api-client.ts'
import type { Origin } from './origin.ts'
import { placeOf } from './place.ts'
import { alone } from './run-install-alone.ts'
import { applySteps } from './run-install-apply.ts'
import { type ServiceConfig, serviceConfig } from './run-install-config.ts'
import { fleetAccount, installedCopy, type InstallPlace, installPlace } from './run-install-place.ts'
import { seeLiving, wholePath } from './run-install-living.ts'
import { requireKnown } from './run-install-record.ts'
import { digest, seeMachine } from './run-install-see.ts'
import { selfPaths } from './self.ts'

/** `jrctl install`, up to the question: what would be done. */
export async function planInstallation(given: InstallOptions, origin: Origin): Promise<PreparedInstall> {
  const place = await installPlace(given, origin)
  const { layout, record, before } = place
  requireKnown(place, given)
  // As it was installed: else the timer would come back beside the lines for cron.
  const options = { ...given, cron: given.cron ?? record?.cronOf != null }
  if (place.manager === null && !options.cron) throw withoutManager(place)
  const account = await accountOf(options, place, origin)
  const profile = options.profile ?? before?.profile ?? 'standard'
  const config = await serviceConfig(layout, account, origin, before?.config ?? null)
  const { program, forgotten } = await programOf(place, account, profile, { options, origin })
  const needs = (options.after ?? before?.needs ?? []).map(withUnitType)
  const installation = installationOf(config.policy, {
    scope: layout.scope,
    profile,
    program: program.kind === 'refused' ? '/' : program.path,
    config: config.path,
    account: layout.scope === 'system' ? account.name : null,
    needs,
    environmentFile: layout.environmentFile,
    healthTimer: !options.cron,
  })
  refuseUnits([
    ...unitProblems(installation),
    ...(config.policy.queue.embedded ? unreachableProblems(installation) : []),
  ])
  const cron = cronOf(installation, place)
  const stateDir = await wholePath(config.policy.stateDir)
  const wish = wishOf(installation, { place, account, config, stateDir, program, options, cron })
  const living = await seeLiving(config.policy, config.path, place, origin)
  const seen = { ...(await seeMachine(wish, place, options, origin)), living }
  const plan = planInstall(wish, seen)
  return {
    about: {
      scope: layout.scope,
      root: layout.root,
      profile,
      account: account.name,
      config: config.path,
      program: program.kind === 'refused' ? '' : program.path,
    },
    plan: {
      ...plan,
      warnings: [
        ...place.doubts,
        ...plan.warnings,
        ...(forgotten === null ? [] : [forgotten]),
        ...config.warnings,
        ...foreignUsers({ ...installation, account: account.name }),
        ...(await unknownNeeds(needs, place)),
        ...(options.cron ? await unreadSecrets(place, account) : []),
      ],
      next: nextSteps(wish, cron, { isChange: plan.steps.length > 0, states: seen.units }),
    },
    apply: (tale) =>
      alone(place, origin, plan, {
        lookAgain: async () => (await planInstallation(given, origin)).plan,
        carryOut: () => applySteps(plan.steps, { place, account, tale, origin, fleet: null }),
      }),
  }
}

/** systemd reads them as root; what cron starts reads them as the account. */
async function unreadSecrets({ layout }: InstallPlace, account: InstallAccount): Promise<string[]> {
  const { root, environmentFile: path } = layout
  if (root !== '' || (await lookAt(path)).kind === 'absent') return []
  const identity = { uid: account.uid, gids: account.gids }
  if ((await barrierTo(path, identity, { runs: false })) === null) return []
  return [`${account.name} cannot read ${path}, and what cron starts needs it: chown ${account.name} ${path}`]
}

/** A unit that is not there yet is no mistake: it may be installed later. */
async function unknownNeeds(needs: readonly string[], { layout, manager }: InstallPlace): Promise<string[]> {
  if (manager === null || layout.root !== '') return []
  const states = (await manager.states(needs)) ?? []
  const whose = layout.scope === 'user' ? "the account's own systemd" : 'systemd'
  return states
    .filter(({ load }) => load === 'not-found')
    .map(({ name }) => `--after ${name}: ${whose} knows no such unit (yet), and will not wait for it`)
}

function withoutManager({ layout, whyNoManager }: InstallPlace): UserError {
  const hints = {
    system:
      'Where no systemd runs, cron can run the health check, and start the daemon with the machine: --cron',
    user:
      "An account's own systemd runs while it is logged in, or lingers. After `su` or `sudo -u` there is none: log in as that account, or have root\n" +
      'run `loginctl enable-linger NAME` first. Where there is no systemd at all: --cron',
  }
  return new UserError(`systemd cannot be asked: ${whyNoManager ?? ''}`, { hint: hints[layout.scope] })
}

async function accountOf(
  options: InstallOptions,
  place: InstallPlace,
  { process }: Origin,
): Promise<InstallAccount> {
  if (place.layout.scope === 'system') return fleetAccount(options.account, place, process.env)
  if (options.account !== undefined)
    throw new UserError('--account is for units of the system; those of an account run as itself', {
      hint: `Run it as ${options.account}, or as root with --system.`,
    })
  const { uid, home } = placeOf(process)
  return { name: userName(process), uid, gids: process.getgroups?.() ?? [], home }
}

/** `forgotten`: what is to be said of a copy that is left. */
async function programOf(
  place: InstallPlace,
  account: InstallAccount,
  profile: Profile,
  { options, origin }: { options: InstallOptions; origin: Origin },
): Promise<{ program: ProgramPlace; forgotten: string | null }> {
  const { layout } = place
  const path = await realpath(selfPaths().path)
  const identity = { uid: account.uid, gids: account.gids }
  const isHere = layout.root === ''
  // An image may hold the very same: a checkout that was put there.
  const isInImage = !isHere && (await lookAt(layout.root + path)).kind !== 'absent'
  const seen = {
    path,
    isPackaged: isSea(),
    isElsewhere: !isHere && !isInImage,
    isNoexec: isHere && (await isNoexec(dirname(path))),
    barrier: isHere ? await barrierTo(path, identity, { runs: true }) : null,
  }
  const wish = {
    scope: layout.scope,
    account: account.name,
    isHardened: profile === 'hardened',
    target: layout.program,
    installedCopy: await installedCopy(place, origin),
    copyAsked: whyCopyAsked({ prefix: options.prefix, root: layout.root, isInImage }),
  }
  const program = placeProgram(seen, wish)
  return { program, forgotten: forgottenCopy(wish, program) }
}

function refuseUnits([first, ...rest]: string[]): void {
  if (first === undefined) return
  throw new UserError(first, rest.length === 0 ? {} : { hint: rest.join('\n') })
}

interface Decided {
  place: InstallPlace
  account: InstallAccount
  config: ServiceConfig
  stateDir: string
  program: ProgramPlace
  cron: CronWish
  options: InstallOptions & { cron: boolean }
}

function cronOf(installation: Installation, { layout, manager }: InstallPlace): CronWish {
  const isRun = manager !== null
  return {
    program: installation.program,
    config: installation.config,
    startsDaemon: !isRun,
    variables: cronVariables(installation, isRun ? layout.runtimeDir : null),
  }
}

function wishOf(
  installation: Installation,
  { place, account, config, stateDir, program, options, cron }: Decided,
): InstallWish {
  const { layout, manager } = place
  const isRun = manager !== null
  const files = isRun ? unitFiles(installation) : []
  return {
    layout,
    profile: installation.profile,
    account: account.name,
    config: config.path,
    stateDir,
    needs: installation.needs,
    program,
    files: files.map(({ path, text }) => ({
      path: `${layout.unitFolder}/${path}`,
      text: sealed(text, digest),
      mode: 0o644,
    })),
    ownFolders: layout.root === '' ? ownFolders(installation, { bySystemd: isRun }) : [],
    startingConfig: config.starting,
    units: isRun ? enabledUnits(installation) : [],
    enable: options.enable,
    shutdown: config.policy.shutdown,
    unready: config.unready,
    cronLines: options.cron ? cronLines(cron) : null,
    force: options.force,
    digest,
  }
}

function nextSteps(
  wish: InstallWish,
  cron: CronWish,
  { isChange, states }: { isChange: boolean; states: InstallSeen['units'] },
): string[] {
  const { unready, enable, layout, units } = wish
  if (layout.root !== '') return isChange ? ['Nothing is started in an image.'] : []
  const systemctl = layout.scope === 'user' ? 'systemctl --user' : 'systemctl'
  const [daemon] = units
  if (unready !== null && !enable)
    return [
      `Before it can start: ${unready.message}.`,
      ...unready.hint.split('\n'),
      'Then: jrctl install --enable',
    ]
  if (unready !== null) return []
  if (daemon === undefined)
    return [
      'cron starts the daemon with the machine. To start it now:',
      startByHand(cron, layout.scope === 'system' ? wish.account : null),
    ]
  if (!enable && isChange) return [nothingStarted(units, states)]
  return [
    `Look: ${systemctl} status ${daemon}, jrctl status, jrctl top`,
    `To change something: edit ${wish.config}, then: ${systemctl} reload ${daemon}`,
  ]
}
