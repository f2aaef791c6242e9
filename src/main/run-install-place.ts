import { statSync } from 'node:fs'
import { lstat } from 'node:fs/promises'
import { isAbsolute } from 'node:path'
import { findAccount, type InstallAccount } from '../adapters/install/accounts.ts'
import { createSystemctl } from '../adapters/install/systemctl.ts'
import { resolvePath } from '../config/paths.ts'
import { layoutOf, type Layout, type Scope } from '../domain/install/layout.ts'
import type { InstallRecord } from '../domain/install/record.ts'
import { shellWord } from '../domain/install/shell-word.ts'
import { OperationalError, UserError } from '../errors.ts'
import type { UnitManager } from '../ports/unit-manager.ts'
import type { Origin } from './origin.ts'
import { placeOf } from './place.ts'
import { type Noted, notedIn, nothingNoted } from './run-install-record.ts'
import { withRuntimeDir } from './runtime-dir.ts'
import { readTrusted, type TrustedFile } from './trusted-file.ts'

/** Where an installation is, and who runs its units: the same for installing and for taking away. */
export interface InstallPlace extends Noted {
  layout: Layout
  /** Null: nobody runs units here, by `whyNoManager`. */
  manager: UnitManager | null
  whyNoManager: string | null
  env: NodeJS.ProcessEnv
  recordExists: boolean
}

export interface PlaceWish {
  scope: Scope | undefined
  root: string | undefined
  prefix?: string | undefined
}

/** @throws UserError where only root may install, or a named root is no folder */
export async function installPlace(wish: PlaceWish, { process }: Origin): Promise<InstallPlace> {
  const { uid, home, env, cwd } = placeOf(process)
  const root = rootOf(wish.root, cwd, home)
  const scope = scopeOf(wish, root, uid)
  const managerEnv = scope === 'user' ? withRuntimeDir(process.env, uid) : process.env
  const absolute = (path: string | undefined) => (path !== undefined && isAbsolute(path) ? path : undefined)
  const layout = layoutOf(scope, {
    root,
    home,
    configHome: absolute(env['XDG_CONFIG_HOME']),
    stateHome: absolute(env['XDG_STATE_HOME']),
    cacheHome: absolute(env['XDG_CACHE_HOME']),
    runtimeHome: absolute(managerEnv['XDG_RUNTIME_DIR']),
    prefix: wish.prefix === undefined ? null : resolvePath(wish.prefix, cwd, home),
  })
  const of = root !== '' ? { kind: 'image' as const, root } : { kind: scope }
  const manager = createSystemctl({ of, env: managerEnv })
  const whyNoManager = await manager.absent()
  const record = readTrusted(root + layout.record, uid)
  if (record.kind === 'mistrusted') throw mistrusted(root + layout.record, record, uid)
  return {
    layout,
    manager: whyNoManager === null ? manager : null,
    whyNoManager,
    env: managerEnv,
    ...(record.kind === 'read' ? await notedIn(layout, record.text) : nothingNoted),
    recordExists: record.kind !== 'absent',
  }
}

/** What it says is done with all rights of who runs us: files are removed that it names, and units enabled. */
function mistrusted(
  path: string,
  { fault, why, at }: Extract<TrustedFile, { kind: 'mistrusted' }>,
  uid: number,
): OperationalError {
  const place = shellWord(at)
  const close = fault === 'form' ? `rm ${place}` : `chown ${uid} ${place} && chmod go-w ${place}`
  return new OperationalError(`${path}, by which an installation is known, ${why}: it is not obeyed`, {
    code: 'install.mistrusted',
    retryable: false,
    hint: `Look whether it says what you know: cat ${shellWord(path)}   Then: ${close}`,
  })
}

function rootOf(root: string | undefined, cwd: string, home: string): string {
  if (root === undefined) return ''
  const path = resolvePath(root, cwd, home)
  if (statSync(path, { throwIfNoEntry: false })?.isDirectory() !== true)
    throw new UserError(`--root ${path} is no folder`, { hint: 'Name the root of an image that is there.' })
  return path === '/' ? '' : path
}

function scopeOf({ scope }: PlaceWish, root: string, uid: number): Scope {
  if (root !== '') {
    if (scope === 'user')
      throw new UserError(
        '--root installs units of the system; those of an account are installed by itself',
        {
          hint: 'Leave out --user.',
        },
      )
    return 'system'
  }
  if (scope === 'system' && uid !== 0)
    throw new UserError('only root may install units of the system', {
      hint: 'sudo jrctl install --system …, or --user for units of your own.',
    })
  return scope ?? (uid === 0 ? 'system' : 'user')
}

/**
 * Where a copy of ours lies that the units start; null: none does. What others may have noted is not obeyed: root writes over what is
 * named there.
 */
export async function installedCopy(
  {
    layout: { root, record: at },
    record,
  }: { layout: Pick<Layout, 'root' | 'record'>; record: InstallRecord | null },
  { process }: Pick<Origin, 'process'>,
): Promise<string | null> {
  if (record?.isCopied !== true || readTrusted(root + at, placeOf(process).uid).kind !== 'read') return null
  const stats = await lstat(root + record.program).catch(() => null)
  return stats?.isFile() === true ? record.program : null
}

/** Names of accounts that are taken for the fleet's when nobody names one. */
const usualAccounts = ['jrctl', 'jr'] as const

/**
 * As whom the units of the system run: who is named, who it was before, or the usual account where it is there. Never root unasked:
 * agents run whatever they think of.
 * @throws UserError when there is none
 */
export async function fleetAccount(
  named: string | undefined,
  { layout: { root }, before: noted }: InstallPlace,
  env: NodeJS.ProcessEnv,
): Promise<InstallAccount> {
  const before = named ?? noted?.account ?? undefined
  for (const name of before === undefined ? usualAccounts : [before]) {
    const found = await findAccount(name, { root, env })
    if (found !== null) return found
  }
  const create = `useradd --system --create-home --shell /usr/sbin/nologin ${before ?? 'jrctl'}`
  if (before !== undefined)
    throw new UserError(`there is no account ${before} on this machine`, { hint: `Create it: ${create}` })
  throw new UserError('say as which account the fleet is to run: --account NAME', {
    hint: `One for the fleet alone is best: ${create}\nRoot (--account root) is for fleets whose workers run as several accounts (user = …).`,
  })
}
