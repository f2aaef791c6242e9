import { lstat } from 'node:fs/promises'
import { createCrontab } from '../adapters/install/crontab.ts'
import { lookAt } from '../adapters/install/files.ts'
import { createLingering } from '../adapters/install/lingering.ts'
import { findOwnUnits } from '../adapters/install/own-units.ts'
import { treeBytes } from '../adapters/install/tree-size.ts'
import type { PreparedInstall, UninstallOptions } from '../cli/install/service.ts'
import { loadPolicy } from '../config/load.ts'
import type { Policy } from '../config/policy.ts'
import { type Belonging, planUninstall, type UninstallSeen } from '../domain/install/plan-uninstall.ts'
import { whyNotPurged } from '../domain/install/purge.ts'
import { sealOf } from '../domain/install/seal.ts'
import type { UnitState } from '../domain/install/unit-state.ts'
import { daemonUnit } from '../domain/units/unit-name.ts'
import { OperationalError, UserError } from '../errors.ts'
import { userName } from './api-client.ts'
import type { Origin } from './origin.ts'
import { placeOf } from './place.ts'
import { alone } from './run-install-alone.ts'
import { applySteps } from './run-install-apply.ts'
import { fleetPlaces, type FleetSeen, seeFleet } from './run-install-left.ts'
import { type InstallPlace, installPlace } from './run-install-place.ts'
import { digest } from './run-install-see.ts'

/** `jrctl uninstall`, up to the question: what would be undone. */
export async function planRemoval(options: UninstallOptions, origin: Origin): Promise<PreparedInstall> {
  const place = await installPlace(options, origin)
  const { layout, record } = place
  const config = origin.configPath ?? place.before?.config ?? layout.config
  const own = await findOwnUnits(layout.root + layout.unitFolder)
  const files = await sealedFiles(own.files, layout.root + layout.unitFolder)
  const policy = await policyOf(config, place, origin)
  const fleet = await fleetPlaces(policy, layout.root + config, place, origin)
  const running = await seeFleet(fleet, place)
  const isHere = place.recordExists || files.length > 0 || options.purge
  const cron = await seeCrontab(place)
  const seen: UninstallSeen = {
    files: files
      .filter(({ seal }) => seal !== 'foreign')
      .map(({ path, seal }) => ({ path, isOurs: seal === 'ours' })),
    foreign: files.filter(({ seal }) => seal === 'foreign').map(({ path }) => path),
    units: await unitsOf(
      place,
      files.filter(({ seal }) => seal !== 'foreign').map(({ path }) => path),
      own.enabled,
    ),
    asides: isHere ? await foreignAsides(own.asides, layout.root + layout.unitFolder) : [],
    left: running.left.filter(({ inUnit }) => isHere || inUnit),
    ...daemonsOf(running, place, isHere),
    record,
    recordExists: place.recordExists,
    programExists: record !== null && (await lookAt(layout.root + record.program)).kind !== 'absent',
    lingers:
      record?.didLinger === true &&
      (await createLingering(place.env).isOn(userName(origin.process))) === true,
    crontab: cron.text,
    sockets: await socketFolders(place),
    ...(await belongingsOf(config, policy, place, {
      purge: options.purge,
      home: placeOf(origin.process).home,
    })),
  }
  if (place.manager === null && seen.units.length + seen.files.length > 0)
    throw new UserError(`systemd cannot be asked: ${place.whyNoManager ?? ''}`, {
      hint: 'Its units can only be taken away with it: log in as the account itself, or run this where systemd runs.',
    })
  const account = userName(origin.process)
  const undone = planUninstall({ ...options, layout, daemonUnit, account }, seen)
  const plan = { ...undone, warnings: [...place.doubts, ...undone.warnings, ...cron.warnings] }
  return {
    about: {
      scope: layout.scope,
      root: layout.root,
      profile: record?.profile ?? null,
      account: record?.account ?? null,
      config,
      program: record?.program ?? '',
    },
    plan,
    apply: (tale) =>
      alone(place, origin, plan, {
        lookAgain: async () => (await planRemoval(options, origin)).plan,
        carryOut: () =>
          applySteps(plan.steps, {
            place,
            account: null,
            fleet,
            tale,
            origin: { ...origin, configPath: config },
          }),
      }),
  }
}

/** Whoever has taken cron away before us has no lines run; what lies in its spool only cron's own program may change. */
async function seeCrontab({
  layout,
  record,
  env,
}: InstallPlace): Promise<{ text: string | null; warnings: string[] }> {
  const whose = record?.cronOf ?? null
  if (whose === null) return { text: null, warnings: [] }
  try {
    return {
      text: await createCrontab(layout.scope === 'system' ? whose : null, env).read(),
      warnings: [],
    }
  } catch (error) {
    if (!(error instanceof OperationalError) || error.code !== 'install.no_cron') throw error
    const left = `cron is not installed any more: lines of ours that lie in the crontab of ${whose} are left, and run when it is again`
    return { text: null, warnings: [left] }
  }
}

/** Who owns the state, and runs in no unit of ours. */
function daemonsOf(
  { left, daemonPid }: FleetSeen,
  { manager, record }: InstallPlace,
  isHere: boolean,
): Pick<UninstallSeen, 'cronDaemonPid' | 'otherDaemonPid'> {
  const pid = !isHere || left.some(({ pid: inUnit }) => inUnit === daemonPid) ? null : daemonPid
  const isCrons = manager === null && record?.cronOf != null
  return { cronDaemonPid: isCrons ? pid : null, otherDaemonPid: isCrons ? null : pid }
}

async function sealedFiles(paths: readonly string[], folder: string) {
  return Promise.all(
    paths.map(async (path) => {
      const found = await lookAt(`${folder}/${path}`)
      return { path, seal: found.kind === 'file' ? sealOf(found.text, digest) : ('foreign' as const) }
    }),
  )
}

/** An edited unit of ours is set aside, too, and is nothing that was there before us. */
async function foreignAsides(asides: readonly string[], folder: string): Promise<UninstallSeen['asides']> {
  const all = await sealedFiles(asides, folder)
  const newest = new Map(
    all
      .filter(({ seal }) => seal === 'foreign')
      .map(({ path: aside }) => [aside.replace(/\.bak\d*$/, ''), aside] as const),
  )
  return [...newest].map(([path, aside]) => ({ path, aside }))
}

/** Of the files that are ours: the units themselves, and the instances of the template that are enabled. */
async function unitsOf(
  { manager }: InstallPlace,
  files: readonly string[],
  enabled: readonly string[],
): Promise<UnitState[]> {
  if (manager === null || files.length === 0) return []
  const isOfTemplate = (name: string) =>
    name.startsWith('jr-queue-worker@') && files.includes('jr-queue-worker@.service')
  const names = new Set([
    ...files.filter((path) => !path.includes('/') && !path.includes('@')),
    ...files.filter((path) => path.includes('/')).map((path) => path.replace(/\.d\/.*$/, '')),
    ...enabled.filter((name) => files.includes(name) || isOfTemplate(name)),
  ])
  return (await manager.states([...names])) ?? []
}

/** What the configuration says of places; null: it says nothing that could be read. */
async function policyOf(
  config: string,
  { layout }: InstallPlace,
  { process }: Origin,
): Promise<Policy | null> {
  const env = layout.scope === 'system' ? { STATE_DIRECTORY: layout.stateDir } : {}
  const options = { ...placeOf(process), env, cwd: '/', path: layout.root + config }
  return loadPolicy(options).then(
    ({ policy }) => policy,
    () => null,
  )
}

/** systemd keeps it when the daemon ends (RuntimeDirectoryPreserve=). */
async function socketFolders({ layout: { root, runtimeDir } }: InstallPlace): Promise<string[]> {
  if (runtimeDir === null) return []
  const stats = await lstat(root + runtimeDir).catch(() => null)
  return stats?.isDirectory() === true ? [root + runtimeDir] : []
}

/** What `--purge` deletes for good: the configuration, the state with an embedded database, the logs. */
async function belongingsOf(
  config: string,
  policy: Policy | null,
  { layout }: InstallPlace,
  { purge, home }: { purge: boolean; home: string },
): Promise<Pick<UninstallSeen, 'belongings' | 'spared'>> {
  const places = [
    {
      path: policy?.stateDir ?? layout.stateDir,
      what: 'the local state: ledger, workers’ history, and the queue itself where it is embedded',
    },
    { path: policy?.logs.dir ?? layout.logsDir, what: 'the logs' },
    { path: layout.cacheDir, what: 'unpacked programs' },
    ...(config === layout.config ? [{ path: layout.configFolder, what: 'the configuration' }] : []),
  ]
  const belongings: Belonging[] = []
  const spared: string[] = config === layout.config ? [] : [`${config} is your own file, and is left`]
  for (const { path, what } of places) {
    const real = layout.root + path
    const stats = await lstat(real).catch(() => null)
    if (stats === null || belongings.some((one) => real.startsWith(`${one.path}/`))) continue
    const why = stats.isDirectory() ? whyNotPurged(real, home) : 'it is no folder'
    if (why === null) belongings.push({ path: real, what, bytes: purge ? await treeBytes(real) : null })
    else spared.push(`${path} (${what}) is left: ${why}`)
  }
  return { belongings, spared }
}
