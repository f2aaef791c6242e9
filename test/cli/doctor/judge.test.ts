import { describe, expect, it } from 'vitest'
import { checksOf, doctorLines } from '../../../src/cli/doctor.ts'
import type { Check } from '../../../src/cli/doctor/check.ts'
import { judgeDatabase } from '../../../src/cli/doctor/judge-database.ts'
import { sound as machine } from './sound-machine.ts'
import type { DatabaseFacts, HorizonHolder, Look, TableFacts } from '../../../src/ports/database-checkup.ts'
import { fakeCli } from '../fake-cli.ts'
import { run } from '../../../src/cli/doctor.ts'

const seen = <T>(value: T): Look<T> => ({ kind: 'seen', value })
const minute = 60_000

const near = { encrypted: false, remote: false }

const sound: DatabaseFacts = {
  server: { answerMs: 1, versionNumber: 180_004, version: '18.4', readOnly: null, aheadMs: 3, link: near },
  schema: seen({ state: 'current', words: 'the schema is at version 7', indexes: [] }),
  misfits: seen([]),
  trigger: seen({ missing: [], disabled: [], replicationRole: 'origin' }),
  counts: seen({ drifted: false }),
  horizon: seen([]),
  tables: seen([]),
  settings: seen({ fsync: true, fullPageWrites: true, synchronousCommit: 'on', autovacuum: true }),
  connections: seen({ used: 5, max: 97, ownMax: null, ownUsed: 0 }),
  listening: seen({ ownSession: true, heardMs: 2 }),
  rights: seen([]),
  zone: seen({ zone: 'UTC', zonelessColumns: [], differing: [] }),
  sequences: seen([{ name: 'jr_fence', used: 0 }]),
}

const holder: HorizonHolder = {
  kind: 'session',
  pid: 99,
  name: 'psql',
  user: 'eve',
  state: 'idle in transaction',
  ageMs: 6 * minute,
  queryAgeMs: 5 * minute,
  transactions: 12_345,
}
const table: TableFacts = {
  name: 'jr_work_queue',
  bytes: 1024,
  liveRows: 100,
  deadRows: 0,
  vacuumedAgeMs: null,
  autovacuum: true,
  unlogged: false,
}

/** The findings of facts that differ from sound ones in this. */
function findings(change: Partial<DatabaseFacts>): Pick<Check, 'name' | 'level'>[] {
  return judgeDatabase({ ...sound, ...change })
    .filter(({ level }) => level !== 'ok')
    .map(({ name, level }) => ({ name, level }))
}

describe('the judgement of a database', () => {
  it('finds nothing in a sound one, and says so of each part', () => {
    const checks = judgeDatabase(sound)
    expect(checks.filter(({ level }) => level !== 'ok')).toEqual([])
    expect(checks.length).toBeGreaterThan(12)
  })

  it.each<[string, Partial<DatabaseFacts>, string, Check['level']]>([
    ['slow', { server: { ...sound.server, answerMs: 300 } }, 'database.reachable', 'warn'],
    ['12', { server: { ...sound.server, versionNumber: 120_000 } }, 'database.version', 'bad'],
    ['14', { server: { ...sound.server, versionNumber: 140_001 } }, 'database.version', 'warn'],
    ['a standby', { server: { ...sound.server, readOnly: 'standby' } }, 'database.writable', 'bad'],
    ['read-only', { server: { ...sound.server, readOnly: 'setting' } }, 'database.writable', 'bad'],
    ['6 s ahead', { server: { ...sound.server, aheadMs: 6_000 } }, 'database.clock', 'warn'],
    ['1 h behind', { server: { ...sound.server, aheadMs: -60 * minute } }, 'database.clock', 'bad'],
    [
      'in the clear',
      { server: { ...sound.server, link: { encrypted: false, remote: true } } },
      'database.tls',
      'warn',
    ],
    ['empty', { schema: seen({ state: 'missing', words: 'none', indexes: [] }) }, 'database.schema', 'bad'],
    [
      'an invalid index',
      {
        schema: seen({
          state: 'current',
          words: 'x',
          indexes: [{ name: 'i', invalid: true }],
        }),
      },
      'database.indexes',
      'bad',
    ],
    ['a wrong index', { misfits: seen(['i']) }, 'database.plans', 'bad'],
    [
      'no trigger',
      { trigger: seen({ missing: ['t'], disabled: [], replicationRole: 'origin' }) },
      'database.trigger',
      'bad',
    ],
    [
      'a replica role',
      { trigger: seen({ missing: [], disabled: [], replicationRole: 'replica' }) },
      'database.trigger',
      'bad',
    ],
    ['wrong counts', { counts: seen({ drifted: true }) }, 'database.counts', 'bad'],
    ['a 6 min transaction', { horizon: seen([holder]) }, 'database.horizon', 'warn'],
    ['a 1 h transaction', { horizon: seen([{ ...holder, ageMs: 60 * minute }]) }, 'database.horizon', 'bad'],
    [
      'an old slot',
      { horizon: seen([{ ...holder, kind: 'slot', pid: null, ageMs: null, transactions: 2_000_000 }]) },
      'database.horizon',
      'warn',
    ],
    ['dead rows', { tables: seen([{ ...table, deadRows: 20_000 }]) }, 'database.tables', 'warn'],
    ['an unlogged table', { tables: seen([{ ...table, unlogged: true }]) }, 'database.tables', 'warn'],
    [
      'no fsync',
      { settings: seen({ fsync: false, fullPageWrites: true, synchronousCommit: 'on', autovacuum: true }) },
      'database.durability',
      'warn',
    ],
    [
      'lazy commits',
      { settings: seen({ fsync: true, fullPageWrites: true, synchronousCommit: 'off', autovacuum: true }) },
      'database.durability',
      'warn',
    ],
    [
      '85 of 97',
      { connections: seen({ used: 85, max: 97, ownMax: null, ownUsed: 0 }) },
      'database.connections',
      'warn',
    ],
    [
      'a full role',
      { connections: seen({ used: 5, max: 97, ownMax: 5, ownUsed: 5 }) },
      'database.connections',
      'bad',
    ],
    ['a pooler', { listening: seen({ ownSession: false, heardMs: null }) }, 'database.listening', 'warn'],
    ['silence', { listening: seen({ ownSession: true, heardMs: null }) }, 'database.listening', 'warn'],
    [
      'no rights',
      { rights: seen([{ object: 'o', rights: ['SELECT'], kind: 'table' }]) },
      'database.rights',
      'bad',
    ],
    [
      'local times',
      { zone: seen({ zone: 'Europe/Zurich', zonelessColumns: ['a.b'], differing: [] }) },
      'database.zone',
      'warn',
    ],
    ['a full sequence', { sequences: seen([{ name: 's', used: 0.96 }]) }, 'database.sequences', 'bad'],
    [
      'what is not to be seen',
      { tables: { kind: 'unseen', why: 'no rights' } },
      'database.tables',
      'skipped',
    ],
  ])('%s', (_, change, name, level) => {
    expect(findings(change)).toEqual([{ name, level }])
  })

  it('says once that there is no queue yet, and not of each trigger', () => {
    const schema = seen({ state: 'missing' as const, words: 'none', indexes: [] })
    const trigger = seen({ missing: ['jr_after_insert'], disabled: [], replicationRole: 'origin' })
    expect(findings({ schema, trigger }).map(({ name }) => name)).toEqual(['database.schema'])
  })

  it('lets short transactions and few dead rows be', () => {
    expect(findings({ horizon: seen([{ ...holder, ageMs: 4 * minute }]) })).toEqual([])
    expect(findings({ tables: seen([{ ...table, deadRows: 9_000 }]) })).toEqual([])
    expect(findings({ zone: seen({ zone: 'UTC', zonelessColumns: ['a.b'], differing: [] }) })).toEqual([])
  })

  it('gives every finding a remedy', () => {
    const checks = judgeDatabase({ ...sound, horizon: seen([holder]), misfits: seen(['i']) })
    for (const { level, remedy } of checks) expect(remedy === null).toBe(level === 'ok')
    expect(checks.find(({ name }) => name === 'database.horizon')?.text).toBe(
      'session 99 (psql, eve), open for 6 min, idle in transaction for 5 min keeps dead rows from being removed (12,345 transactions since)',
    )
  })
})

describe('jrctl doctor', () => {
  const away = { kind: 'away', problem: 'cannot reach the database', hint: null } as const

  it('exits 0 with warnings, 1 with something bad, 69 without a database', async () => {
    const codeOf = async (database: Parameters<typeof checksOf>[0]['database']) =>
      run(fakeCli({ local: { doctor: async () => ({ target: 'db', database, machine }) } }))
    const facts = (change: Partial<DatabaseFacts>) =>
      ({ kind: 'seen', facts: { ...sound, ...change } }) as const
    expect(await codeOf(facts({}))).toBe(0)
    expect(await codeOf(facts({ horizon: seen([holder]) }))).toBe(0)
    expect(await codeOf(facts({ misfits: seen(['i']) }))).toBe(1)
    expect(await codeOf(away)).toBe(69)
    expect(await codeOf({ kind: 'unasked', why: 'no configuration' })).toBe(0)
  })

  it('prints a line a check, with what to do below it', () => {
    const lines = doctorLines('db', checksOf({ target: 'db', database: away, machine }), fakeCli().output)
    expect(lines[0]).toBe('db')
    expect(lines[1]).toBe('bad      database.reachable    cannot reach the database')
    expect(lines[2]?.trim()).toMatch(/^→ Look at/)
    expect(lines.at(-1)).toMatch(/^\d+ ok, 0 notes, 0 warnings, 1 bad, 0 skipped$/)
  })

  it('breaks lines where its findings do, and keeps paths whole that one may copy', () => {
    const path = `/${'long'.repeat(30)}`
    const check = {
      name: 'machine.state',
      level: 'bad',
      text: 'two:\n  one\n  other',
      remedy: `chmod 700 ${path}`,
    } as const
    const lines = doctorLines(null, [check], fakeCli().output).map((line) => line.trim())
    expect(lines.slice(0, 5)).toEqual([expect.stringMatching(/two:$/), 'one', 'other', '→ chmod 700', path])
  })

  it('answers programs in one versioned shape', async () => {
    const cli = fakeCli({
      json: true,
      local: { doctor: async () => ({ target: 'db', database: { kind: 'seen', facts: sound }, machine }) },
    })
    await run(cli)
    const answer = JSON.parse(cli.out) as { apiVersion: number; level: string; checks: Check[] }
    expect(answer).toMatchObject({ apiVersion: 1, level: 'ok' })
    expect(answer.checks[0]).toMatchObject({ name: 'database.reachable', level: 'ok', remedy: null })
  })
})
