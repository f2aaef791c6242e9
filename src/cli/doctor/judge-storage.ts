import type { SequenceFacts, SettingFacts, TableFacts, ZoneFacts } from '../../ports/database-checkup.ts'
import { bytes, duration, number, percent } from '../../text/format.ts'
import { bad, ok, warn, type Check } from './check.ts'

/** Fewer dead rows than this are no matter, whatever their part. */
const deadRowsMin = 10_000
/** Autovacuum starts at a fifth; where the dead are as many as the living, it does not keep up. */
const deadPartWarn = 1
const deadPartBad = 10
const deadRowsBad = 1_000_000

export function judgeTables(tables: readonly TableFacts[]): Check[] {
  const checks = tables.flatMap((table) => [...deadRows(table), ...tableOptions(table)])
  if (checks.length > 0) return checks
  const total = tables.reduce((sum, table) => sum + table.bytes, 0)
  return [ok('database.tables', `the tables hold ${bytes(total)}, little of it dead`)]
}

function deadRows({ name, liveRows, deadRows: dead, vacuumedAgeMs }: TableFacts): Check[] {
  const part = dead / Math.max(1, liveRows)
  if (dead < deadRowsMin || part < deadPartWarn) return []
  const vacuumed = vacuumedAgeMs === null ? 'never vacuumed' : `vacuumed ${duration(vacuumedAgeMs)} ago`
  const text = `${name} has ${number(dead)} dead rows beside ${number(liveRows)} living ones, ${vacuumed}`
  const make = part >= deadPartBad && dead >= deadRowsBad ? bad : warn
  return [
    make('database.tables', text, `VACUUM (ANALYZE) ${name}; see first what holds the vacuum horizon back`),
  ]
}

function tableOptions({ name, autovacuum, unlogged }: TableFacts): Check[] {
  const checks: Check[] = []
  if (!autovacuum)
    checks.push(
      warn(
        'database.tables',
        `autovacuum is off for ${name}`,
        `ALTER TABLE ${name} RESET (autovacuum_enabled)`,
      ),
    )
  if (unlogged)
    checks.push(
      warn(
        'database.tables',
        `${name} is unlogged: a crash of the server empties it`,
        `ALTER TABLE ${name} SET LOGGED`,
      ),
    )
  return checks
}

export function judgeSettings(settings: SettingFacts): Check[] {
  const name = 'database.durability'
  const lost = 'acknowledged work can be lost when the server crashes'
  const checks: Check[] = []
  if (!settings.fsync) checks.push(warn(name, `fsync is off: ${lost}`, 'Set fsync = on.'))
  if (!settings.fullPageWrites)
    checks.push(warn(name, 'full_page_writes is off: a crash can tear pages', 'Set full_page_writes = on.'))
  if (settings.synchronousCommit === 'off')
    checks.push(warn(name, `synchronous_commit is off: ${lost}`, 'Set synchronous_commit = on.'))
  if (!settings.autovacuum)
    checks.push(
      bad(
        'database.tables',
        'autovacuum is off: dead rows pile up before every claim',
        'Set autovacuum = on.',
      ),
    )
  return checks.some((check) => check.name === name)
    ? checks
    : [ok(name, 'what is acknowledged is on disk'), ...checks]
}

export function judgeZone({ zone, zonelessColumns, differing }: ZoneFacts): Check[] {
  const name = 'database.zone'
  if (zonelessColumns.length === 0) return [ok(name, 'times carry their zone')]
  const columns = `${zonelessColumns.join(', ')} hold local times without a zone`
  if (differing.length > 0) {
    const who = `${columns}, read as ${zone} here and otherwise by ${differing.join(', ')}`
    return [warn(name, who, 'Give all roles the same time zone, best UTC: ALTER ROLE … SET timezone = …')]
  }
  if (isFixed(zone)) return [ok(name, `${columns}, all of them ${zone}`)]
  return [
    warn(
      name,
      `${columns}, read as ${zone}: an hour each autumn is told twice`,
      'ALTER DATABASE … SET timezone = the zone that their writers use, best UTC all round.',
    ),
  ]
}

function isFixed(zone: string): boolean {
  return /^(UTC|GMT|Etc\/.*|Zulu|UCT|Universal)$/i.test(zone)
}

const usedWarn = 0.7
const usedBad = 0.95

export function judgeSequences(sequences: readonly SequenceFacts[]): Check[] {
  const name = 'database.sequences'
  const checks = sequences
    .filter(({ used }) => used >= usedWarn)
    .map((sequence) => {
      const text = `${sequence.name} has used ${percent(sequence.used * 100)} of its numbers`
      const remedy =
        'Widen the column and its sequence to bigint before inserts fail (ALTER TABLE … ALTER COLUMN … TYPE bigint).'
      return sequence.used >= usedBad ? bad(name, text, remedy) : warn(name, text, remedy)
    })
  return checks.length > 0 ? checks : [ok(name, 'no sequence is near its end')]
}
