import type { Scope } from './layout.ts'
import type { ReplacedUnit } from './old-fleet.ts'

export type Profile = 'standard' | 'hardened'

/** What an installation did beside the files that say so themselves. Kept for the next `install`, and for `uninstall`. */
export interface InstallRecord {
  scope: Scope
  profile: Profile
  /** Null for units of an account's own. */
  account: string | null
  config: string
  needs: string[]
  program: string
  /** The program is a copy of ours, to be removed again. */
  isCopied: boolean
  /** Lingering was off before. */
  didLinger: boolean
  /** Whose crontab has lines of ours; null: nobody's. */
  cronOf: string | null
  replaced: ReplacedUnit[]
}

const version = 1

export function recordText(record: InstallRecord): string {
  return `${JSON.stringify({ version, ...record }, null, 2)}\n`
}

/** `later`: a version that is not known yet wrote it. */
export type ReadRecord = { kind: 'read'; record: InstallRecord } | { kind: 'damaged' } | { kind: 'later' }

export function readRecord(text: string): ReadRecord {
  const found = jsonOf(text)
  if (!isTable(found)) return { kind: 'damaged' }
  if (Number(found['version']) > version) return { kind: 'later' }
  const record = recordIn(found)
  return record === null ? { kind: 'damaged' } : { kind: 'read', record }
}

/** Null for what is no record of this version or of one before it. */
export function parseRecord(text: string): InstallRecord | null {
  const read = readRecord(text)
  return read.kind === 'read' ? read.record : null
}

function recordIn(found: Record<string, unknown>): InstallRecord | null {
  if (found['version'] !== version) return null
  const { scope, profile, account, config, program, needs, replaced, cronOf } = found
  if (scope !== 'system' && scope !== 'user') return null
  if (typeof config !== 'string' || typeof program !== 'string') return null
  return {
    scope,
    profile: profile === 'hardened' ? 'hardened' : 'standard',
    account: typeof account === 'string' ? account : null,
    config,
    needs: Array.isArray(needs) ? needs.filter((need) => typeof need === 'string') : [],
    program,
    isCopied: found['isCopied'] === true,
    didLinger: found['didLinger'] === true,
    cronOf: typeof cronOf === 'string' ? cronOf : null,
    replaced: Array.isArray(replaced) ? replaced.flatMap(replacedUnit) : [],
  }
}

function replacedUnit(found: unknown): ReplacedUnit[] {
  if (!isTable(found)) return []
  const { name, owner } = found
  if (typeof name !== 'string' || (owner !== 'system' && owner !== 'user')) return []
  return [{ name, owner, wasEnabled: found['wasEnabled'] === true, wasActive: found['wasActive'] === true }]
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text) as unknown
  } catch {
    return null
  }
}

function isTable(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
