import { createHash } from 'node:crypto'
import { dirname } from 'node:path'
import { createCrontab } from '../adapters/install/crontab.ts'
import { lookAt } from '../adapters/install/files.ts'
import { createLingering } from '../adapters/install/lingering.ts'
import { findOldProcesses } from '../adapters/install/old-processes.ts'
import { findOwnUnits } from '../adapters/install/own-units.ts'
import { haveSameBytes } from '../adapters/install/program-copy.ts'
import { createSystemctl } from '../adapters/install/systemctl.ts'
import type { InstallOptions } from '../cli/install/service.ts'
import type { Found } from '../domain/install/found.ts'
import { type OldUnit, patternLengthMin } from '../domain/install/old-fleet.ts'
import type { Layout } from '../domain/install/layout.ts'
import type { InstallSeen, InstallWish } from '../domain/install/plan-install.ts'
import { type Digest, sealOf } from '../domain/install/seal.ts'
import { daemonUnit, templateOf, withUnitType, workerUnits } from '../domain/units/unit-name.ts'
import { exitCode, OperationalError, UserError } from '../errors.ts'
import type { Origin } from './origin.ts'
import { processAccess } from './run-install-access.ts'
import { requireUnitNames } from './run-install-old-names.ts'
import type { InstallPlace } from './run-install-place.ts'
import { seeRunning } from './run-install-running.ts'

export const digest: Digest = (text) => createHash('sha256').update(text).digest('hex')

/** Looks at everything that a plan depends on, and changes nothing. */
export async function seeMachine(
  wish: InstallWish,
  place: InstallPlace,
  options: InstallOptions,
  origin: Origin,
): Promise<Omit<InstallSeen, 'living'>> {
  const { layout, manager, record, before } = place
  const unitPaths = wish.files.map(({ path }) => path)
  const copied = wish.program.kind === 'copy' ? wish.program : null
  const paths = [
    ...unitPaths,
    ...(wish.startingConfig === null ? [] : [wish.startingConfig.path]),
    ...(copied === null ? [] : [copied.path]),
  ]
  const files = await lookAtAll(paths, layout.root)
  const own = await findOwnUnits(layout.root + layout.unitFolder)
  const wanted = new Set(unitPaths.map((path) => path.slice(layout.unitFolder.length + 1)))
  const up = (await manager?.up(workerUnits)) ?? []
  const oldUnits = await seeOldUnits(options.replaceUnits, place, wish.account)
  return {
    files,
    missingOwnFolders: await absentOf(wish.ownFolders),
    missingFolders: await missingFolders([...paths, layout.record], layout.root),
    stale: await staleFiles(
      own.files.filter((path) => !wanted.has(path)),
      layout.root + layout.unitFolder,
    ),
    staleUnits: [...new Set([...own.enabled, ...up])].filter((unit) => !wish.units.includes(unit)),
    ...(await seeRunning(wish, place, origin.clock)),
    units: new Map((await states(place, wish.units)).map((state) => [state.name, state])),
    record,
    accountBefore: before?.account ?? null,
    lingers: layout.scope === 'user' && manager !== null ? await lingers(place, wish.account) : null,
    crontab: wish.cronLines === null ? null : await crontabOf(wish.account, place),
    oldCrontab: await oldCrontab(wish, place),
    isCopyCurrent: copied !== null && (await haveSameBytes(copied.from, layout.root + copied.path)),
    oldUnits,
    oldProcesses: seeOldProcesses(options.replaceProcesses, wish.units, origin),
    oldTexts: options.replaceProcesses,
  }
}

async function lookAtAll(paths: readonly string[], root: string): Promise<Map<string, Found>> {
  return new Map(
    await Promise.all(paths.map(async (path): Promise<[string, Found]> => [path, await lookAt(root + path)])),
  )
}

/** From the outermost on, each once; without the root. */
async function missingFolders(paths: readonly string[], root: string): Promise<string[]> {
  const missing = new Set<string>()
  for (const path of paths) {
    const chain: string[] = []
    for (let folder = dirname(path); folder !== '/'; folder = dirname(folder)) {
      if ((await lookAt(root + folder)).kind !== 'absent') break
      chain.unshift(folder)
    }
    for (const folder of chain) missing.add(folder)
  }
  return [...missing]
}

async function absentOf(paths: readonly string[]): Promise<string[]> {
  const found = await Promise.all(paths.map(lookAt))
  return paths.filter((_, index) => found[index]?.kind === 'absent')
}

async function staleFiles(paths: readonly string[], folder: string): Promise<InstallSeen['stale']> {
  const seen: { path: string; isOurs: boolean }[] = []
  for (const path of paths) {
    const found = await lookAt(`${folder}/${path}`)
    const seal = found.kind === 'file' ? sealOf(found.text, digest) : 'foreign'
    if (seal !== 'foreign') seen.push({ path, isOurs: seal === 'ours' })
  }
  return seen
}

async function states({ manager }: InstallPlace, units: readonly string[]) {
  if (manager === null) return []
  const found = await manager.states(units)
  if (found !== null) return found
  throw new OperationalError('systemctl says nothing of our units', {
    code: 'install.systemd',
    retryable: true,
    hint: 'Try: systemctl status',
  })
}

async function lingers({ env }: InstallPlace, account: string): Promise<boolean | null> {
  return createLingering(env).isOn(account)
}

/** crontab(1) takes `-u` from root alone, and needs none for who asks. */
function crontabOf(account: string, { layout, env }: InstallPlace): Promise<string> {
  return createCrontab(layout.scope === 'system' ? account : null, env).read()
}

/** Lines of ours stay in nobody's crontab when the timer, or another account's cron, runs the health check. */
async function oldCrontab(
  { cronLines, account }: InstallWish,
  place: InstallPlace,
): Promise<InstallSeen['oldCrontab']> {
  const before = place.record?.cronOf ?? null
  if (before === null || (cronLines !== null && before === account)) return null
  return { account: before, text: await crontabOf(before, place) }
}

/**
 * The named units, by whoever runs them: the manager for which is installed, or, for the system's, that of the fleet's account, where
 * workers were installed by hand; also where one of ours has that name by now.
 * @throws UserError for one that nobody knows, or that is none
 */
async function seeOldUnits(
  names: readonly string[],
  place: InstallPlace,
  account: string,
): Promise<OldUnit[]> {
  const { layout, env } = place
  const full = names.map(withUnitType)
  requireUnitNames(full, layout)
  const found = new Map<string, OldUnit>()
  const owner = layout.scope
  for (const unit of await states(place, full))
    if (unit.load !== 'not-found' || unit.enabled !== '')
      found.set(unit.name, { ...unit, owner, isOurs: await isOurs(unit.name, layout) })
  const unknown = full.filter((name) => found.get(name)?.isOurs !== false)
  if (unknown.length > 0 && layout.scope === 'system' && layout.root === '' && account !== 'root') {
    const own = createSystemctl({ of: { kind: 'account', account }, env })
    for (const unit of (await own.states(unknown)) ?? [])
      if (unit.load !== 'not-found') found.set(unit.name, { ...unit, owner: 'user', isOurs: false })
  }
  const lost = full.find((name) => !found.has(name))
  if (lost !== undefined)
    throw new UserError(`--replace-units ${lost}: systemd knows no such unit`, {
      hint: `Look: systemctl ${layout.scope === 'user' ? '--user ' : ''}list-units --all 'jr*'`,
      exit: exitCode.notFound,
    })
  return [...found.values()]
}

/** By its own file, else by that of its template. */
async function isOurs(unit: string, { root, unitFolder }: Layout): Promise<boolean> {
  for (const name of [unit, templateOf(unit)]) {
    if (name === null) continue
    const found = await lookAt(`${root}${unitFolder}/${name}`)
    if (found.kind !== 'absent') return found.kind === 'file' && sealOf(found.text, digest) !== 'foreign'
  }
  return false
}

/** @throws UserError for a text that says too little */
export function seeOldProcesses(
  texts: readonly string[],
  ours: readonly string[],
  { process }: Origin,
): InstallSeen['oldProcesses'] {
  const short = texts.find((text) => text.trim().length < patternLengthMin)
  if (short !== undefined)
    throw new UserError(`--replace-processes ${JSON.stringify(short)} would match half of this machine`, {
      hint: `Give at least ${patternLengthMin} characters of their command lines, such as jr_queue_worker.py`,
    })
  if (texts.length === 0) return []
  const isOfOurs = (unit: string) => unit === daemonUnit || ours.includes(unit)
  return findOldProcesses(texts, processAccess(), { ownPid: process.pid, isOurs: isOfOurs })
}
