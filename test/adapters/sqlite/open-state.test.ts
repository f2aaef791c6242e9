import {
  closeSync,
  lchownSync,
  linkSync,
  mkdirSync,
  openSync,
  readFileSync,
  readdirSync,
  statSync,
  symlinkSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { chmod } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { openDatabase } from '../../../src/adapters/sqlite/open-database.ts'
import { migrations } from '../../../src/adapters/sqlite/schema.ts'
import { appendMany, entry, meddle, openedState, stateDir } from './fixture.ts'

const mode = (path: string): number => statSync(path).mode & 0o777

describe('the state file', () => {
  it('is for us alone, however open the directory was', async () => {
    const dir = await stateDir()
    await chmod(dir, 0o755)
    const { path, state } = await openedState(dir)
    state.store.put('cursor', 1)
    expect(mode(dir)).toBe(0o700)
    expect(readdirSync(dir).sort()).toEqual(['state.sqlite', 'state.sqlite-shm', 'state.sqlite-wal'])
    for (const file of readdirSync(dir)) expect(mode(join(dir, file)), file).toBe(0o600)
    await state.close()
    expect(readFileSync(path).subarray(0, 15).toString()).toBe('SQLite format 3')
    expect(readdirSync(dir)).toEqual(['state.sqlite'])
  })

  it('makes missing directories', async () => {
    const dir = join(await stateDir(), 'a', 'b')
    const { state } = await openedState(dir)
    expect(mode(dir)).toBe(0o700)
    expect(state.rebuilt).toBe(false)
  })

  it('commits durably', async () => {
    const { path } = await openedState()
    expect(meddle(path, (db) => db.pragma('journal_mode', { simple: true }))).toBe('wal')
  })

  it('held by another program: says so, and works again once it is free', async () => {
    const { path, state } = await openedState()
    const refused = { name: 'OperationalError', code: 'state.locked', retryable: true }
    const pending = meddle(path, (db) => {
      db.exec('BEGIN IMMEDIATE')
      expect(() => state.store.put('cursor', 1)).toThrow(expect.objectContaining(refused) as Error)
      return state.store.get('cursor')
    })
    expect(pending).toBeUndefined()
    state.store.put('cursor', 1)
    expect(state.store.get('cursor')).toBe(1)
  })

  it('is closed twice without harm', async () => {
    const { state } = await openedState()
    await state.close()
    await state.close()
  })
})

describe('a file that is not ours to use', () => {
  const forbidden = expect.objectContaining({ code: 'state.forbidden' }) as Error

  it('a link is refused and its target untouched', async () => {
    const dir = await stateDir()
    const target = join(dir, 'precious')
    writeFileSync(target, 'precious')
    symlinkSync(target, join(dir, 'state.sqlite'))
    await expect(openedState(dir)).rejects.toThrow(forbidden)
    expect(readFileSync(target, 'utf8')).toBe('precious')
  })

  it('a second name for another file is refused', async () => {
    const dir = await stateDir()
    writeFileSync(join(dir, 'precious'), '')
    linkSync(join(dir, 'precious'), join(dir, 'state.sqlite'))
    await expect(openedState(dir)).rejects.toThrow(forbidden)
  })

  it('a directory is refused, and a file where the directory should be', async () => {
    const dir = await stateDir()
    mkdirSync(join(dir, 'state.sqlite'))
    await expect(openedState(dir)).rejects.toThrow(forbidden)
    writeFileSync(join(dir, 'file'), '')
    await expect(openedState(join(dir, 'file'))).rejects.toThrow(forbidden)
  })

  it('a link of ours to a directory of ours will do, as after a move to a larger disk', async () => {
    const dir = await stateDir()
    mkdirSync(join(dir, 'larger'))
    symlinkSync('larger', join(dir, 'link'))
    const { state } = await openedState(join(dir, 'link'))
    await state.close()
    expect(readdirSync(join(dir, 'larger'))).toEqual(['state.sqlite'])
    expect(mode(join(dir, 'larger'))).toBe(0o700)
  })

  it('a link to what is not there is refused in words', async () => {
    const dir = await stateDir()
    symlinkSync('nowhere', join(dir, 'link'))
    await expect(openedState(join(dir, 'link'))).rejects.toThrow(/link is a link to what is not there/)
  })

  // Only root can lay one as somebody else.
  it.runIf(process.getuid?.() === 0)('a link that somebody else laid is refused', async () => {
    const dir = await stateDir()
    mkdirSync(join(dir, 'larger'))
    symlinkSync('larger', join(dir, 'link'))
    lchownSync(join(dir, 'link'), 65_534, 65_534)
    await expect(openedState(join(dir, 'link'))).rejects.toMatchObject({
      message: expect.stringMatching(/link belongs to user 65534/) as string,
      hint: expect.stringContaining(
        "run this as it (sudo -u '#65534' jrctl …); else name a directory",
      ) as string,
    })
  })

  it('a directory that others share is refused and keeps its mode', async () => {
    const dir = await stateDir()
    writeFileSync(join(dir, 'of-somebody'), '')
    await chmod(dir, 0o755)
    await expect(openedState(dir)).rejects.toThrow(forbidden)
    expect(mode(dir)).toBe(0o755)
  })

  it("another program's database is refused, not migrated and not set aside", async () => {
    const dir = await stateDir()
    const path = join(dir, 'state.sqlite')
    meddle(path, (db) => db.exec('CREATE TABLE bookmarks (url)'))
    await expect(openedState(dir)).rejects.toMatchObject({ code: 'state.foreign' })
    const found = meddle(path, (db) => ({
      tables: db.prepare('SELECT name FROM sqlite_master').pluck().all(),
      journal: db.pragma('journal_mode', { simple: true }),
    }))
    expect(found).toEqual({ tables: ['bookmarks'], journal: 'delete' })
  })

  it('a newer schema is refused with both versions named', async () => {
    const dir = await stateDir()
    const { path, state } = await openedState(dir)
    await state.close()
    meddle(path, (db) => db.pragma('user_version = 99'))
    await expect(openedState(dir)).rejects.toMatchObject({
      code: 'state.newer_schema',
      message: expect.stringContaining(
        `version 99; this jrctl knows versions up to ${migrations.length}`,
      ) as string,
    })
  })
})

describe('a damaged file', () => {
  /** Noise in place of what was there. */
  const overwrite = (path: string, from: number, to = statSync(path).size): void => {
    const file = openSync(path, 'r+')
    writeSync(file, Buffer.alloc(to - from, 0xab), 0, null, from)
    closeSync(file)
  }
  const setAside = (dir: string): string[] => readdirSync(dir).filter((name) => name.includes('.damaged-'))

  it('that is no database is set aside, loudly, and a new one begins', async () => {
    const dir = await stateDir()
    writeFileSync(join(dir, 'state.sqlite'), 'x'.repeat(5000))
    const { state, logger } = await openedState(dir)
    expect(state.rebuilt).toBe(true)
    expect(setAside(dir)).toEqual(['state.sqlite.damaged-20260101T000000Z'])
    expect(readFileSync(join(dir, 'state.sqlite.damaged-20260101T000000Z'), 'utf8')).toBe('x'.repeat(5000))
    expect(logger.lines).toMatchObject([
      { level: 'error', message: expect.stringContaining('set aside') as string },
    ])
    await state.ledger.append(entry('works'))
    expect(state.ledger.read({ limit: 10 })).toHaveLength(1)
  })

  it('takes its log with it when somebody still has it open', async () => {
    const dir = await stateDir()
    const { path, state } = await openedState(dir)
    await appendMany(state, 300)
    meddle(path, (db) => db.pragma('wal_checkpoint(TRUNCATE)'))
    await state.ledger.append(entry('in the log'))
    overwrite(path, 4096)
    const { state: next } = await openedState(dir)
    expect(next.rebuilt).toBe(true)
    expect(setAside(dir).sort()).toEqual(
      ['', '-shm', '-wal'].map((suffix) => `state.sqlite.damaged-20260101T000000Z${suffix}`),
    )
  })

  it('whose pages are overwritten is found by the check', async () => {
    const dir = await stateDir()
    const { path, state } = await openedState(dir)
    await appendMany(state, 300)
    await state.close()
    overwrite(path, 4096)
    const again = await openedState(dir)
    expect(again.state.rebuilt).toBe(true)
    expect(setAside(dir)).toHaveLength(1)
  })

  it.each([
    ['documents', true],
    ['ledger_entries', false],
  ])('above the bound of the check: a broken page of %s is found at start: %s', async (table, found) => {
    const dir = await stateDir()
    const { path, state } = await openedState(dir)
    await appendMany(state, 3)
    state.store.put('cursor', 1)
    await state.close()
    const page = meddle(path, (db) =>
      Number(db.prepare('SELECT rootpage FROM sqlite_master WHERE name = ?').pluck().get(table)),
    )
    overwrite(path, (page - 1) * 4096, page * 4096)
    const { db, setAside: aside } = openDatabase(path, 0, 0)
    db.close()
    expect(aside !== null).toBe(found)
  })

  it('that lacks a table which its version has is set aside', async () => {
    const dir = await stateDir()
    const { path, state } = await openedState(dir)
    await state.close()
    meddle(path, (db) => db.exec('DROP TABLE documents'))
    const { state: next, logger } = await openedState(dir)
    expect(next.rebuilt).toBe(true)
    expect(logger.lines).toMatchObject([{ fields: { reason: 'the table documents is missing' } }])
  })

  it('a second one in the same second gets a name of its own; a sound one stays', async () => {
    const dir = await stateDir()
    for (let n = 0; n < 2; n++) {
      writeFileSync(join(dir, 'state.sqlite'), 'x'.repeat(5000))
      const { state } = await openedState(dir)
      await state.close()
    }
    expect(setAside(dir)).toEqual([
      'state.sqlite.damaged-20260101T000000Z',
      'state.sqlite.damaged-20260101T000000Z-2',
    ])
    expect((await openedState(dir)).state.rebuilt).toBe(false)
  })
})
