import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isCopiedEmpty, isLeftOut, logSegments } from '../../../src/domain/backup/database-files.ts'
import { destinationDoubt, whyOtherNode } from '../../../src/domain/backup/destination.ts'
import { type BackupManifest, readManifest, unreadable } from '../../../src/domain/backup/manifest.ts'
import { backupName, newestBackup, surplus } from '../../../src/domain/backup/names.ts'
import { backupPaths, belongs, withinDatabase } from '../../../src/domain/backup/paths.ts'
import { manifestOf } from '../../support/backup.ts'

describe('a manifest', () => {
  it('reads as it was written', () => {
    const manifest = manifestOf()
    expect(readManifest(JSON.stringify(manifest))).toEqual({ kind: 'read', manifest })
  })

  it('of a newer format says so, whatever else is in it', () => {
    expect(readManifest('{"program":"jrctl","format":2,"version":"9.1.0"}')).toEqual({
      kind: 'newer',
      format: 2,
      version: '9.1.0',
    })
  })

  it.each([
    '',
    '[]',
    'null',
    '{"program":"other","format":1}',
    '{"program":"jrctl","format":1}',
    '{"program":',
  ])('is foreign: %s', (text) => expect(readManifest(text)).toEqual({ kind: 'foreign' }))

  it('without one of its parts is foreign, never half read', () => {
    for (const key of Object.keys(manifestOf()).filter((name) => name !== 'stateDir')) {
      const { [key as keyof BackupManifest]: _, ...rest } = manifestOf()
      expect([key, readManifest(JSON.stringify(rest)).kind]).toEqual([key, 'foreign'])
    }
  })
})

it('a manifest of before folders were noted tells none', () => {
  const { stateDir: _, ...older } = manifestOf()
  expect(readManifest(JSON.stringify(older))).toEqual({
    kind: 'read',
    manifest: manifestOf({ stateDir: null }),
  })
})

describe('the place that a restore goes to', () => {
  const place = {
    stateDir: '/home/jr/.local/state/jrctl',
    isNamed: false,
    takenOf: '/var/lib/jrctl',
    isSame: false,
    otherFleet: null,
  }
  it.each([
    ['another than it was taken of', {}, 'elsewhere'],
    ['another, which was named', { isNamed: true }, null],
    ['that which it was taken of', { takenOf: place.stateDir }, null],
    ['that which it was taken of, by a link', { isSame: true }, null],
    ['not told, and no other fleet', { takenOf: null }, null],
    [
      'not told, beside a fleet that is installed',
      { takenOf: null, otherFleet: '/etc/jrctl/config.toml' },
      'beside',
    ],
    [
      'its own, beside a fleet that is installed',
      { takenOf: place.stateDir, otherFleet: '/etc/jrctl/config.toml' },
      null,
    ],
  ] as const)('%s', (_, change, doubt) => {
    expect(destinationDoubt({ ...place, ...change })).toBe(doubt)
  })
})

it.each([
  ['the machine and the folder of then', { isSameMachine: true, isSameFolder: true }, null],
  ['another machine', { isSameMachine: false, isSameFolder: true }, 'machine'],
  ['another folder, beside what may be at work', { isSameMachine: true, isSameFolder: false }, 'folder'],
  ['a backup that tells no folder', { isSameMachine: true, isSameFolder: null }, null],
])('what is restored to %s is another node by this: %j, %j', (_, place, cause) => {
  expect(whyOtherNode({ ...place, keepNode: false })).toBe(cause)
  expect(whyOtherNode({ ...place, keepNode: true })).toBeNull()
})

describe('what this jrctl can read', () => {
  const here = { stateSchema: 2, architecture: 'x64', databaseMajor: 18 }

  it('is an older state, and a database of the same major version', () => {
    expect(unreadable(manifestOf(), here)).toBeNull()
    expect(unreadable(manifestOf({ state: { ...manifestOf().state, schema: 1 } }), here)).toBeNull()
  })

  it('is no newer state', () => {
    const newer = manifestOf({ version: '3.0.0', state: { ...manifestOf().state, schema: 3 } })
    expect(unreadable(newer, here)).toEqual({
      message: 'its local state has schema version 3; this jrctl knows versions up to 2',
      hint: 'Restore it with jrctl 3.0.0, which wrote it, or a later one.',
    })
  })

  it('is no other PostgreSQL', () => {
    expect(unreadable(manifestOf(), { ...here, databaseMajor: 19 })?.message).toBe(
      'its database was written by PostgreSQL 18; this jrctl brings PostgreSQL 19',
    )
  })
})

describe('the names of backups', () => {
  const at = Date.UTC(2026, 10, 22, 9, 15)

  it('tell whose they are and when', () => {
    expect(backupName('host-1a2b', at)).toBe('jrctl-host-1a2b-20261122T091500Z.tar.zst')
    expect(backupName('../a b/c', at)).toBe('jrctl-.._a_b_c-20261122T091500Z.tar.zst')
  })

  it('are sorted by time; the newest stay, and what is named otherwise is left alone', () => {
    const days = Array.from({ length: 5 }, (_, day) => backupName('n', at + day * 86_400_000))
    const others = [
      backupName('n-2', at),
      'jrctl-n-20261122T091500Z.tar',
      'jrctl-n-notes.tar.zst',
      'jrctl-n-20261122T091500Z.tar.zst.bak',
    ]
    expect(surplus([...others, ...days.toReversed()], 'n', 2)).toEqual(days.slice(0, 3))
    expect(surplus([...others, ...days], 'n', 9)).toEqual([])
  })

  it('of one second are told apart, and stay in their order', () => {
    const three = [1, 2, 10].map((nth) => backupName('n', at, nth))
    expect(three[1]).toBe('jrctl-n-20261122T091500Z_2.tar.zst')
    const later = backupName('n', at + 1_000)
    expect(surplus([later, ...three.toReversed()], 'n', 1)).toEqual(three)
    expect([later, ...three].toSorted().at(-1)).toBe(later)
  })

  it('tell the newest of whatever node', () => {
    const names = [backupName('zz', at), backupName('a', at + 1_000), 'notes.txt', 'jrctl-zz-9.tar.zst']
    expect(newestBackup(names)).toBe(backupName('a', at + 1_000))
    expect(newestBackup(['notes.txt'])).toBeNull()
  })
})

describe('the paths within a backup', () => {
  it('are known ones, and files of the database', () => {
    for (const path of Object.values(backupPaths))
      expect(belongs(path, path === backupPaths.database ? 'folder' : 'file')).toBe(true)
    expect(belongs('postgres/data/base/5/1259_fsm', 'file')).toBe(true)
    expect(belongs('postgres/data/pg_wal', 'folder')).toBe(true)
  })

  it.each([
    '../state.sqlite',
    '/etc/passwd',
    'postgres/data/../../x',
    'postgres/data/./x',
    'postgres/data//x',
    'postgres/database',
    'postgres/data/a\nb',
    'state',
    'secrets/other',
    `postgres/data/${'a'.repeat(300)}`,
  ])('are never %j', (path) => {
    expect(belongs(path, 'file')).toBe(false)
  })

  it('never lead out of the data folder', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        const path = `postgres/data/${text}`
        fc.pre(belongs(path, 'file'))
        expect(withinDatabase(path)?.split('/')).not.toContain('..')
      }),
    )
  })
})

describe('the files of a database', () => {
  it.each([
    'postmaster.pid',
    'global/pg_control',
    'base/5/pg_internal.init',
    'base/pgsql_tmp',
    'backup_label',
  ])('without %s', (path) => expect(isLeftOut(path)).toBe(true))

  it.each([
    'PG_VERSION',
    'base/5/1259',
    'global/1262',
    'pg_hba.conf',
    'postgresql.auto.conf',
    'pg_xact/0000',
  ])('with %s', (path) => expect(isLeftOut(path)).toBe(false))

  it('with the log as an empty folder at first', () => {
    expect(isCopiedEmpty('pg_wal')).toBe(true)
    expect(isCopiedEmpty('pg_xact')).toBe(false)
  })

  it('have a log whose files follow one another over the edges', () => {
    const mb = 1024 * 1024
    expect(logSegments('0000000100000000000000FE', '000000010000000100000001', 16 * mb)).toEqual([
      '0000000100000000000000FE',
      '0000000100000000000000FF',
      '000000010000000100000000',
      '000000010000000100000001',
    ])
    expect(logSegments('000000010000000000000003', '000000010000000000000003', 16 * mb)).toHaveLength(1)
    expect(logSegments('000000010000000000000003', '000000010000000000000002', 16 * mb)).toBeNull()
    expect(logSegments('000000010000000000000003', '000000020000000000000004', 16 * mb)).toBeNull()
    expect(logSegments('000000010000000000000003', 'x', 16 * mb)).toBeNull()
  })
})

it('lets nothing of a manifest from elsewhere reach a terminal as a command', () => {
  const version = '9.9.9\u001B[31mEVIL\u0007'
  const newer = readManifest(JSON.stringify({ ...manifestOf(), format: 99, version }))
  const read = readManifest(JSON.stringify({ ...manifestOf(), version }))
  for (const found of [
    newer.kind === 'newer' && newer.version,
    read.kind === 'read' && read.manifest.version,
  ])
    expect(found).not.toMatch(/\p{Cc}/u)
})
