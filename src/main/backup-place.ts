import { createHash } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import {
  createEmbeddedPostgres,
  type EmbeddedPostgres,
} from '../adapters/embedded-postgres/embedded-postgres.ts'
import type { EmbeddedOptions } from '../adapters/embedded-postgres/options.ts'
import { openParcels } from '../adapters/parcels/parcels.ts'
import { systemRandom } from '../adapters/random.ts'
import { resolveConnection } from '../config/connection.ts'
import { loadPolicy, type LoadedPolicy } from '../config/load.ts'
import { UserError } from '../errors.ts'
import type { Origin } from './origin.ts'
import { placeOf } from './place.ts'
import { silentLogger } from './silent-logger.ts'

/** The state directory that a backup is about, and what belongs to it. */
export interface BackupPlace {
  loaded: LoadedPolicy
  stateDir: string
  statePath: string
  embedded: EmbeddedPostgres
  embeddedOptions: EmbeddedOptions
}

export async function backupPlace(
  origin: Origin,
  stateDirOverride: string | undefined,
): Promise<BackupPlace> {
  const loaded = await loadPolicy({ ...placeOf(origin.process), path: origin.configPath, stateDirOverride })
  const { stateDir } = loaded.policy
  const embeddedOptions = embeddedOptionsOf(stateDir, origin)
  return {
    loaded,
    stateDir,
    statePath: join(stateDir, 'state.sqlite'),
    embedded: createEmbeddedPostgres(embeddedOptions),
    embeddedOptions,
  }
}

export function embeddedOptionsOf(
  stateDir: string,
  { process, clock }: Pick<Origin, 'process' | 'clock'>,
): EmbeddedOptions {
  const parcels = openParcels(process.env, clock)
  return {
    stateDir,
    clock,
    random: systemRandom(),
    logger: silentLogger(),
    binaries: process.env['JRCTL_POSTGRES_BIN'],
    ...(parcels === null ? {} : { unpack: () => parcels.folder('postgres') }),
    env: process.env,
  }
}

/** Whose database the queue lies in. `unknown`: nobody says so here, as in cron, and it is not an embedded one. */
export function queueHome(
  { loaded, stateDir }: BackupPlace,
  { process }: Origin,
): { kind: 'embedded' } | { kind: 'foreign'; target: string } {
  const hasCluster = existsSync(join(stateDir, 'postgres', 'data'))
  try {
    const choice = resolveConnection({
      queue: loaded.policy.queue,
      env: process.env,
      onTerminal: hasCluster,
    })
    return choice.kind === 'embedded' ? { kind: 'embedded' } : { kind: 'foreign', target: choice.describe() }
  } catch (error) {
    // Its environment names it, and is not ours: a line of cron's has little of a daemon's.
    if (!(error instanceof UserError) || hasCluster) throw error
    return { kind: 'foreign', target: 'a database that this environment does not name' }
  }
}

/** Tells two machines apart without telling the id itself (machine-id(5) asks for a keyed hash). Null: this one has none. */
export function machineName(): string | null {
  try {
    const id = readFileSync('/etc/machine-id', 'utf8').trim()
    return id === '' ? null : createHash('sha256').update(`jrctl backup ${id}`).digest('hex').slice(0, 16)
  } catch {
    return null
  }
}
