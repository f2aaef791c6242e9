import { sanitize } from '../sanitize.ts'

/** Raised when an older jrctl could not make sense of what a newer one writes. */
export const backupFormat = 1

/** What stands first in a backup: all that can be known before its parts are read. */
export interface BackupManifest {
  program: 'jrctl'
  format: number
  /** Of the jrctl that wrote it. */
  version: string
  /** ISO 8601, UTC. */
  createdAt: string
  /** The node whose state it is; null: it never started. */
  node: string | null
  host: string
  /** Names the machine without telling its id; null where it has none. */
  machine: string | null
  state: {
    /** Of the SQLite file. */
    schema: number
    bytes: number
    ledger: { entries: number; lastId: number; head: string }
  }
  database: BackupDatabase
  /** The API token and the database's passwords are in it. */
  secrets: boolean
  /** Where the configuration in it came from; null: there is none in it. */
  configPath: string | null
  /** The folder that it was taken of; null: a jrctl wrote it that did not say. */
  stateDir: string | null
}

export type BackupDatabase =
  | {
      kind: 'embedded'
      /** Of PostgreSQL: another one cannot read these files. */
      major: number
      server: string
      architecture: string
      bytes: number
    }
  /** Somebody else's server, which is not ours to copy. */
  | { kind: 'foreign'; target: string }
  /** An embedded one that was never made. */
  | { kind: 'absent' }

export type ManifestReading =
  | { kind: 'read'; manifest: BackupManifest }
  | { kind: 'newer'; format: number; version: string }
  | { kind: 'foreign' }

/** Reads the text of a manifest, which may be anybody's. */
export function readManifest(text: string): ManifestReading {
  const value = parsed(text)
  if (!isRecord(value) || value['program'] !== 'jrctl' || typeof value['format'] !== 'number')
    return { kind: 'foreign' }
  if (value['format'] > backupFormat)
    return { kind: 'newer', format: value['format'], version: shown(String(value['version'])) }
  // Those of before it was noted do not tell their folder.
  const whole = { stateDir: null, ...value }
  return isManifest(whole)
    ? { kind: 'read', manifest: { ...whole, version: shown(whole.version) } }
    : { kind: 'foreign' }
}

/** It stands in messages, and came from anywhere. */
function shown(version: string): string {
  return sanitize(version, { lengthMax: 40 })
}

/** What this jrctl, on this machine, can read. */
export interface Readable {
  stateSchema: number
  architecture: string
  /** Of the PostgreSQL that comes along; null: it cannot be told. */
  databaseMajor: number | null
}

/** Why a backup cannot be restored by this jrctl; null: it can. */
export function unreadable(
  { state, database, version }: BackupManifest,
  here: Readable,
): { message: string; hint: string } | null {
  if (state.schema > here.stateSchema)
    return {
      message: `its local state has schema version ${state.schema}; this jrctl knows versions up to ${here.stateSchema}`,
      hint: `Restore it with jrctl ${version}, which wrote it, or a later one.`,
    }
  if (database.kind !== 'embedded') return null
  if (here.databaseMajor !== null && database.major !== here.databaseMajor)
    return {
      message: `its database was written by PostgreSQL ${database.major}; this jrctl brings PostgreSQL ${here.databaseMajor}`,
      hint: `Restore it with jrctl ${version}, which wrote it, or point JRCTL_POSTGRES_BIN at a PostgreSQL ${database.major}.`,
    }
  return null
}

function isManifest(value: Record<string, unknown>): value is Record<string, unknown> & BackupManifest {
  const { version, createdAt, node, host, machine, state, database, secrets, configPath, stateDir } = value
  return (
    [version, createdAt, host].every((text) => typeof text === 'string') &&
    [node, machine, configPath, stateDir].every((text) => text === null || typeof text === 'string') &&
    Number.isFinite(Date.parse(String(createdAt))) &&
    typeof secrets === 'boolean' &&
    isState(state) &&
    isDatabase(database)
  )
}

function isState(value: unknown): boolean {
  if (!isRecord(value) || !isRecord(value['ledger'])) return false
  const { entries, lastId, head } = value['ledger']
  return [value['schema'], value['bytes'], entries, lastId].every(isCount) && typeof head === 'string'
}

function isDatabase(value: unknown): boolean {
  if (!isRecord(value)) return false
  if (value['kind'] === 'absent') return true
  if (value['kind'] === 'foreign') return typeof value['target'] === 'string'
  const { kind, major, server, architecture, bytes } = value
  return (
    kind === 'embedded' &&
    [major, bytes].every(isCount) &&
    [server, architecture].every((text) => typeof text === 'string')
  )
}

function isCount(value: unknown): boolean {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
