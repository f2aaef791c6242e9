import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { barrierTo } from '../adapters/install/barrier.ts'
import type { InstallAccount } from '../adapters/install/accounts.ts'
import { lookAt } from '../adapters/install/files.ts'
import { findConfig } from '../config/find.ts'
import { resolveConnection } from '../config/connection.ts'
import { loadPolicy, type LoadedPolicy } from '../config/load.ts'
import type { Policy } from '../config/policy.ts'
import { requireWorkers } from '../config/require-workers.ts'
import { unitPlaces } from '../domain/install/as-units.ts'
import { parseEnvironmentFile } from '../domain/install/environment-file.ts'
import type { WantedFile } from '../domain/install/found.ts'
import type { Layout } from '../domain/install/layout.ts'
import { startingConfig } from '../domain/install/starting-config.ts'
import type { Refusal } from '../domain/install/step.ts'
import { BugError, UserError } from '../errors.ts'
import { exampleConfig } from './example-config.ts'
import type { Origin } from './origin.ts'
import { placeOf } from './place.ts'
import { whyNotFound } from './run-install-commands.ts'

/** The configuration as the service will find it. */
export interface ServiceConfig {
  /** As the units name it. */
  path: string
  policy: Policy
  /** To be written, where there is none yet. */
  starting: WantedFile | null
  /** Why a daemon would not start with it. */
  unready: Refusal | null
  warnings: string[]
}

/**
 * Reads the configuration as the account and with the variables of the service: the caller's own shell may know other ones.
 * Throws ConfigError with all that is wrong.
 * @param before what is installed already; without `--config` or JRCTL_CONFIG it stays.
 */
export async function serviceConfig(
  layout: Layout,
  account: InstallAccount,
  origin: Origin,
  before: string | null,
): Promise<ServiceConfig> {
  const usual = before ?? layout.config
  const named = namedConfig(origin, layout)
  const path = named === undefined ? usual : givenConfig(named, origin, layout)
  const found = await lookAt(layout.root + path)
  if (found.kind === 'absent' && path !== layout.config) throw gone(path)
  if (found.kind === 'absent') return beginning(layout, account, origin)
  const variables = await serviceVariables(layout, account)
  const loaded = await loadPolicy({
    env: variables,
    cwd: '/',
    uid: account.uid,
    home: account.home,
    path: layout.root + path,
  })
  const unready = (await barredFrom(layout, path, account)) ?? whyUnready(loaded, variables, layout, origin)
  const fleet = { path, policy: loaded.policy }
  const disagreement = unready === null ? await whyNotFound(fleet, layout, placeOf(origin.process)) : null
  return {
    path,
    policy: loaded.policy,
    starting: null,
    unready,
    warnings: [
      ...loaded.warnings,
      ...(disagreement === null ? [] : [disagreement]),
      ...(await openSecrets(layout)),
    ],
  }
}

function gone(path: string): UserError {
  return new UserError(`${path}, with which was installed, is not there any more`, {
    hint: 'Put it back, or name another one: jrctl install --config PATH',
  })
}

/** As every other command takes it; what the environment names is a file of this machine, and none of an image. */
function namedConfig({ configPath, process }: Origin, { root }: Layout): string | undefined {
  return configPath ?? (root === '' ? process.env['JRCTL_CONFIG'] || undefined : undefined)
}

function givenConfig(named: string, { process }: Origin, { root }: Layout): string {
  const place = placeOf(process)
  // Of an image the path is one within it.
  const within = root === '' ? named : root + resolve(place.cwd, named)
  const { path } = findConfig({ ...place, path: within })
  if (path === null) throw new BugError('a configuration that was named was not found')
  return path.slice(root.length)
}

const readableByOthers = 0o077

async function openSecrets({ root, environmentFile }: Layout): Promise<string[]> {
  const found = await lookAt(root + environmentFile)
  if (found.kind !== 'file' || (found.mode & readableByOthers) === 0) return []
  return [
    `${environmentFile} is there for secrets, and others may read it; run: chmod 0600 ${environmentFile}`,
  ]
}

/** What the environment file says, and what systemd does. */
async function serviceVariables(layout: Layout, account: InstallAccount): Promise<Record<string, string>> {
  const found = await lookAt(layout.root + layout.environmentFile)
  const ofFile = found.kind === 'file' ? parseEnvironmentFile(found.text) : {}
  const runtimeDir = layout.scope === 'system' ? layout.runtimeDir : `/run/user/${account.uid}/jrctl`
  const ofSystem = unitPlaces(layout, runtimeDir)
  return { HOME: account.home, USER: account.name, LOGNAME: account.name, ...ofSystem, ...ofFile }
}

async function beginning(layout: Layout, account: InstallAccount, origin: Origin): Promise<ServiceConfig> {
  const text = startingConfig(await exampleConfig(origin), {
    stateDir: layout.stateDir,
    logsDir: layout.logsDir.startsWith(`${layout.stateDir}/`) ? null : layout.logsDir,
    environmentFile: layout.environmentFile,
  })
  if (text === null) throw new BugError('config.example.toml is not what a starting configuration is made of')
  const { policy } = await inFile(text, async (path) =>
    loadPolicy({
      env: await serviceVariables(layout, account),
      cwd: '/',
      uid: account.uid,
      home: account.home,
      path,
    }),
  )
  return {
    path: layout.config,
    policy,
    starting: { path: layout.config, text, mode: 0o644 },
    unready: {
      message: `${layout.config} is new, and says neither where the queue is nor which workers there are`,
      hint: `Set [queue] url there (or DATABASE_URL in ${layout.environmentFile}, mode 0600), and add a [[workers]] table a Jr.`,
    },
    warnings: [],
  }
}

/** Has a text read as the file that it will be. */
async function inFile<T>(text: string, read: (path: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'jrctl-install-'))
  try {
    const path = join(folder, 'config.toml')
    await writeFile(path, text)
    return await read(path)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

async function barredFrom(layout: Layout, path: string, account: InstallAccount): Promise<Refusal | null> {
  if (layout.root !== '' || layout.scope === 'user') return null
  const barrier = await barrierTo(path, account, { runs: false })
  if (barrier === null) return null
  return {
    message: `${account.name} cannot read ${path}: it may not ${barrier === path ? 'read that' : `enter ${barrier}`}`,
    hint: `Put it to ${layout.config}, or let ${account.name} in: chgrp, chmod g+rX.`,
  }
}

function whyUnready(
  loaded: LoadedPolicy,
  variables: Record<string, string>,
  layout: Layout,
  { process }: Origin,
): Refusal | null {
  try {
    requireWorkers(loaded)
    resolveConnection({ queue: loaded.policy.queue, env: variables, onTerminal: false })
    return null
  } catch (error) {
    if (!(error instanceof UserError)) throw error
    const own = process.env['DATABASE_URL']
      ? 'DATABASE_URL is set here, and a service does not inherit it. '
      : ''
    const file = `Variables for the service belong in ${layout.environmentFile} (mode 0600).`
    return { message: error.message, hint: [error.hint ?? '', own + file].filter(Boolean).join('\n') }
  }
}
