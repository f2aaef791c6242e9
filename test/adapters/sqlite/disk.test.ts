import Database from 'better-sqlite3'
import { closeSync, openSync, statSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import type { DiskSpace } from '../../../src/adapters/sqlite/disk-space.ts'
import { openDatabase } from '../../../src/adapters/sqlite/open-database.ts'
import { stateOver } from '../../../src/adapters/sqlite/open-state.ts'
import { createStateGuard } from '../../../src/adapters/sqlite/state-guard.ts'
import type { StateCondition } from '../../../src/ports/state-health.ts'
import { fakeClock } from '../../fakes/clock.ts'
import { fakeLogger } from '../../fakes/logger.ts'
import { appendMany, entry, stateDir } from './fixture.ts'

const mib = 2 ** 20

/** A state on a disk whose room the test decides: by the pages that the file may have, and by what it says is free. */
async function stateOnDisk() {
  const { db } = openDatabase(join(await stateDir(), 'state.sqlite'), 0)
  const clock = fakeClock()
  const logger = fakeLogger()
  let space: DiskSpace | null = null
  const state = stateOver(db, { clock, logger, freeSpace: () => space })
  onTestFinished(() => state.close())
  const kinds: StateCondition['kind'][] = []
  state.health.subscribe(({ kind }) => void kinds.push(kind))
  return {
    db,
    state,
    clock,
    logger,
    kinds,
    fill: () => void db.pragma('max_page_count = 1'),
    free: () => void db.pragma('max_page_count = 1000000'),
    say: (freeBytes: number, totalBytes = 1000 * mib) => {
      space = { freeBytes, totalBytes }
    },
  }
}

const messages = (state: Awaited<ReturnType<typeof stateOnDisk>>['state']): string[] =>
  state.ledger.read({ limit: 20_000 }).map(({ message }) => message)

/** Enough for several pages, so that none of it fits where there is room by chance. */
const large = (message: string) => entry(message, { data: { text: 'x'.repeat(20_000) } })

describe('a full disk', () => {
  it('refuses who waits, keeps what nobody waits for, and writes it in order once there is room', async () => {
    const { state, clock, fill, free, kinds } = await stateOnDisk()
    await state.ledger.append(entry('before'))
    fill()
    state.ledger.note(large('noted 1'))
    await expect(state.ledger.append(large('asked'))).rejects.toMatchObject({
      code: 'state.full',
      retryable: true,
    })
    expect(state.health.condition).toEqual({ kind: 'full', reason: 'state disk full' })
    // Known by now, it is not tried again.
    await expect(state.ledger.append(entry('small'))).rejects.toMatchObject({ code: 'state.full' })
    state.ledger.note(entry('noted 2'))
    const noticed = clock.wallMs()
    await clock.advance(5_000)
    expect(kinds).toEqual(['full'])
    free()
    await clock.advance(1_000)
    expect(kinds).toEqual(['full', 'sound'])
    await state.ledger.append(entry('after'))
    expect(messages(state)).toEqual(['before', 'noted 1', 'noted 2', 'after'])
    expect(state.ledger.read({ limit: 2 })[0]).toMatchObject({ data: { at: noticed } })
    expect(await state.ledger.verify()).toMatchObject({ ok: true, entries: 4 })
  })

  it('keeps the last of what the store was told, and writes it once there is room', async () => {
    const { state, clock, fill, free } = await stateOnDisk()
    state.store.put('cursor', 'old')
    fill()
    const value = { text: 'x'.repeat(20_000) }
    state.store.put('cursor', value)
    state.store.saveBuckets([{ taskId: 1, tokens: 2, at: 3 }])
    value.text = 'changed'
    expect(state.store.get('cursor')).toBe('old')
    free()
    await clock.advance(1_000)
    expect(state.store.get('cursor')).toEqual({ text: 'x'.repeat(20_000) })
    expect(state.store.buckets()).toEqual([{ taskId: 1, tokens: 2, at: 3 }])
  })

  it('bounds what it keeps, and says in the log and in the ledger what was lost', async () => {
    const { state, clock, logger, fill, free } = await stateOnDisk()
    fill()
    await expect(state.ledger.append(large('asked'))).rejects.toMatchObject({ code: 'state.full' })
    for (let n = 0; n < 10_003; n++) state.ledger.note(entry(`${n}`))
    expect(logger.lines.filter(({ message }) => message.includes('being lost'))).toHaveLength(1)
    free()
    await clock.advance(1_000)
    await state.ledger.append(entry('after'))
    const kept = messages(state)
    expect(kept).toHaveLength(10_002)
    expect(kept).toContain('3 entries before this one could not be written and are lost')
    expect(kept.slice(0, 10_000)).toEqual(Array.from({ length: 10_000 }, (_, n) => `${n}`))
  })

  it('closed while it is full, says how much it could not write', async () => {
    const { state, logger, fill } = await stateOnDisk()
    fill()
    state.ledger.note(large('noted'))
    await expect(state.ledger.append(large('asked'))).rejects.toThrow()
    await state.close()
    expect(logger.lines).toContainEqual(
      expect.objectContaining({ message: '1 ledger entries could not be written and are lost' }),
    )
  })

  it('is not taken for mended by a small write while next to nothing is free', async () => {
    const { state, clock, fill, free, say, kinds } = await stateOnDisk()
    fill()
    await expect(state.ledger.append(large('asked'))).rejects.toThrow()
    free()
    say(1 * mib)
    await clock.advance(3_000)
    expect(kinds).toEqual(['full'])
    say(40 * mib)
    await clock.advance(1_000)
    expect(kinds).toEqual(['full', 'low'])
    say(64 * mib)
    await clock.advance(1_000)
    expect(kinds).toEqual(['full', 'low', 'sound'])
  })
})

describe('a disk that is nearly full', () => {
  it.each([
    ['below 32 MB of a large one', 31 * mib, 1000 * mib, 'low'],
    ['above', 33 * mib, 1000 * mib, 'sound'],
    ['a small one has a twentieth', 3 * mib, 40 * mib, 'sound'],
    ['or less', 1 * mib, 40 * mib, 'low'],
  ])('%s', async (_, freeBytes, totalBytes, kind) => {
    const { state, clock, say } = await stateOnDisk()
    say(freeBytes, totalBytes)
    await clock.advance(10_000)
    expect(state.health.condition.kind).toBe(kind)
    // It still takes what there is to say about it.
    expect(await state.ledger.append(entry('said'))).toMatchObject({ id: 1 })
  })
})

describe('a disk that cannot be trusted', () => {
  it.each([
    ['SQLITE_IOERR_FSYNC', 'state.unsynced'],
    ['SQLITE_IOERR_WRITE', 'state.disk_error'],
    ['SQLITE_CORRUPT_INDEX', 'state.damaged'],
  ])('after %s nothing is written any more', async (sqliteCode, code) => {
    const { db } = openDatabase(join(await stateDir(), 'state.sqlite'), 0)
    onTestFinished(() => void db.close())
    const guard = createStateGuard(db, { clock: fakeClock(), logger: fakeLogger(), freeSpace: () => null })
    const heard: StateCondition[] = []
    guard.subscribe((condition) => void heard.push(condition))
    const failing = () => {
      throw new Database.SqliteError('disk I/O error', sqliteCode)
    }
    expect(() => guard.write('committing', failing)).toThrow(
      expect.objectContaining({ code, retryable: false }) as Error,
    )
    expect(heard).toMatchObject([{ kind: 'failed', error: { code } }])
    let tried = false
    expect(() => guard.write('committing', () => (tried = true))).toThrow(
      expect.objectContaining({ code }) as Error,
    )
    expect(tried).toBe(false)
    guard.look()
    expect(guard.condition.kind).toBe('failed')
    guard.stop()
  })

  it('damage that is met while reading is told', async () => {
    const { db, state, kinds } = await stateOnDisk()
    await appendMany(state, 600)
    const page = Number(
      db.prepare("SELECT rootpage FROM sqlite_master WHERE name = 'ledger_entries'").pluck().get(),
    )
    db.pragma('wal_checkpoint(TRUNCATE)')
    db.pragma('shrink_memory')
    const file = openSync(db.name, 'r+')
    writeSync(file, Buffer.alloc(4096, 0xab), 0, 4096, (page - 1) * 4096)
    closeSync(file)
    expect(() => state.ledger.read({ limit: 1000 })).toThrow(
      expect.objectContaining({ code: 'state.damaged' }) as Error,
    )
    expect(kinds).toEqual(['failed'])
  })
})

describe('the write-ahead log', () => {
  const logBytes = (db: Database.Database) => statSync(`${db.name}-wal`).size

  it('stays small under a flood of 200,000 entries', async () => {
    const { db, state } = await stateOnDisk()
    let largest = 0
    state.ledger.subscribe(() => {
      largest = Math.max(largest, logBytes(db))
    })
    for (let part = 0; part < 20; part++) await appendMany(state, 10_000)
    expect(largest).toBeGreaterThan(0)
    expect(largest).toBeLessThanOrEqual(16 * mib)
    const { count } = db.prepare('SELECT count(*) AS count FROM ledger_entries').get() as { count: number }
    expect(count).toBe(200_000)
  })

  it('that an open read pins stays bounded: the ledger waits, the store goes on, and all resumes', async () => {
    const { db, state, clock, kinds } = await stateOnDisk()
    await appendMany(state, 10)
    const reader = new Database(db.name, { readonly: true })
    onTestFinished(() => void reader.close())
    reader.exec('BEGIN')
    reader.prepare('SELECT count(*) FROM ledger_entries').get()
    const flood = async (): Promise<void> => {
      for (let part = 0; part < 200; part++) await appendMany(state, 500)
    }
    await expect(flood()).rejects.toMatchObject({ code: 'state.pinned', retryable: true })
    expect(logBytes(db)).toBeLessThanOrEqual(16 * mib)
    state.ledger.note(entry('noted'))
    state.store.put('cursor', 1)
    expect(state.store.get('cursor')).toBe(1)
    await clock.advance(3_000)
    expect(kinds).toEqual(['pinned'])
    reader.exec('COMMIT')
    await clock.advance(1_000)
    expect(kinds).toEqual(['pinned', 'sound'])
    await state.ledger.append(entry('after'))
    expect(messages(state).slice(-2)).toEqual(['noted', 'after'])
    expect(logBytes(db)).toBeLessThan(mib)
  })
})
