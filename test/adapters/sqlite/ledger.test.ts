import { readFileSync, writeFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { taskId } from '../../../src/domain/ids.ts'
import type { LedgerEntry, LedgerFilter } from '../../../src/domain/ledger-event.ts'
import type { Json } from '../../../src/domain/task.ts'
import { appendMany, entry, meddle, openedState, stateDir } from './fixture.ts'

describe('appending', () => {
  it('commits together what arrives together', async () => {
    const { state } = await openedState()
    const commits: number[] = []
    state.ledger.subscribe((entries) => void commits.push(entries.length))
    await appendMany(state, 1100)
    expect(commits).toEqual([512, 512, 76])
  })

  it('settles after the commit: another connection sees the entry', async () => {
    const { path, state } = await openedState()
    const { id } = await state.ledger.append(entry('seen'))
    expect(
      meddle(path, (db) => db.prepare('SELECT message FROM ledger_entries WHERE id = ?').pluck().get(id)),
    ).toBe('seen')
  })

  it('a commit that fails fails each of its entries and leaves the chain whole', async () => {
    const { path, state } = await openedState()
    await appendMany(state, 3)
    meddle(path, (db) =>
      db.exec(`CREATE TRIGGER full BEFORE INSERT ON ledger_entries WHEN NEW.message = 'poison'
               BEGIN SELECT RAISE(ABORT, 'no room'); END`),
    )
    const batch = await Promise.allSettled(
      [entry('a'), entry('poison'), entry('b')].map((one) => state.ledger.append(one)),
    )
    for (const one of batch)
      expect(one).toMatchObject({
        status: 'rejected',
        reason: { name: 'OperationalError', code: 'state.failed' },
      })
    expect(await state.ledger.append(entry('later'))).toMatchObject({ id: 4 })
    expect(await state.ledger.verify()).toMatchObject({ ok: true, entries: 4 })
  })

  it('what cannot be stored fails alone', async () => {
    const { state } = await openedState()
    const circular: { [key: string]: Json } = {}
    circular['self'] = circular
    const [bad, good] = await Promise.allSettled([
      state.ledger.append(entry('bad', { data: circular })),
      state.ledger.append(entry('good')),
    ])
    expect([bad.status, good.status]).toEqual(['rejected', 'fulfilled'])
  })

  it('refuses when too much waits for the disk, and loses nothing it took', async () => {
    const { state } = await openedState()
    const all = Array.from({ length: 10_001 }, (_, index) => state.ledger.append(entry(`${index}`)))
    await expect(all.pop()).rejects.toMatchObject({ code: 'ledger.full', retryable: true })
    expect((await Promise.all(all)).at(-1)).toMatchObject({ id: 10_000 })
  })

  it('commits what waits when it is closed, and then refuses', async () => {
    const { path, state } = await openedState()
    const pending = [state.ledger.append(entry('one')), state.ledger.append(entry('two'))]
    await state.close()
    expect(await Promise.all(pending)).toMatchObject([{ id: 1 }, { id: 2 }])
    await expect(state.ledger.append(entry('three'))).rejects.toMatchObject({ code: 'ledger.closed' })
    expect(meddle(path, (db) => db.prepare('SELECT count(*) FROM ledger_entries').pluck().get())).toBe(2)
  })

  it('survives a subscriber that throws, and says so', async () => {
    const { state, logger } = await openedState()
    const heard: string[] = []
    state.ledger.subscribe(() => {
      throw new Error('clumsy')
    })
    state.ledger.subscribe((entries) => void heard.push(...entries.map(({ message }) => message)))
    await state.ledger.append(entry('hello'))
    expect(heard).toEqual(['hello'])
    expect(logger.lines).toMatchObject([{ level: 'error', fields: { error: 'clumsy' } }])
  })

  it('bounds what one entry may hold, and keeps a chain that verifies over text that UTF-8 cannot hold', async () => {
    const { state } = await openedState()
    const huge = await state.ledger.append(entry('m'.repeat(9000), { data: { text: 'd'.repeat(70_000) } }))
    expect(huge.message).toHaveLength(4000)
    expect(huge.data).toEqual({ omittedBytes: 70_011 })
    await state.ledger.append(
      entry('lone \uD800 surrogate, nul \u0000', { data: { a: '\uD800', '\uDC00': -0 } }),
    )
    expect(await state.ledger.verify()).toMatchObject({ ok: true, entries: 2 })
  })
})

describe('append-only', () => {
  it.each([
    ["UPDATE ledger_entries SET message = 'forged' WHERE id = 2", 'never changed'],
    ['DELETE FROM ledger_entries WHERE id = 2', 'only entries before a checkpoint'],
    ['DELETE FROM ledger_entries', 'only entries before a checkpoint'],
    ["INSERT INTO ledger_checkpoints VALUES (2, 'invented', 0)", 'repeats id and hash'],
  ])('%s is refused', async (sql, reason) => {
    const { path, state } = await openedState()
    await appendMany(state, 3)
    expect(() => meddle(path, (db) => db.exec(sql))).toThrow(reason)
    expect(await state.ledger.verify()).toMatchObject({ ok: true, entries: 3 })
  })

  it('a checkpoint lets the entries up to it go, and the chain goes on from it', async () => {
    const { path, state } = await openedState()
    await appendMany(state, 5)
    meddle(path, (db) => {
      db.exec('INSERT INTO ledger_checkpoints SELECT id, hash, 0 FROM ledger_entries WHERE id = 3')
      db.exec('DELETE FROM ledger_entries WHERE id <= 3')
    })
    expect(await state.ledger.verify()).toMatchObject({ ok: true, entries: 2 })
    expect(() => meddle(path, (db) => db.exec('DELETE FROM ledger_checkpoints'))).toThrow(
      'the chain starts from',
    )
    expect(await state.ledger.append(entry('next'))).toMatchObject({ id: 6 })
    expect(await state.ledger.verify()).toMatchObject({ ok: true, entries: 3 })
  })

  it('goes on from the checkpoint when all before it is gone', async () => {
    const { path, state } = await openedState()
    await appendMany(state, 2)
    meddle(path, (db) => {
      db.exec('INSERT INTO ledger_checkpoints SELECT id, hash, 0 FROM ledger_entries WHERE id = 2')
      db.exec('DELETE FROM ledger_entries')
    })
    expect(await state.ledger.append(entry('next'))).toMatchObject({ id: 3 })
    expect(await state.ledger.verify()).toMatchObject({ ok: true, entries: 1 })
  })
})

describe('verify', () => {
  it.each([
    ['message', 'needle 7 message'],
    ['actor', 'needle 7 actor'],
    ['worker', 'needle 7 worker'],
    ['data', 'needle 7 data'],
  ])('finds a flipped byte in %s, at its entry', async (_, needle) => {
    const dir = await stateDir()
    const { path, state } = await openedState(dir)
    for (let n = 1; n <= 12; n++) {
      const text = (what: string): string => `needle ${n} ${what}`
      await state.ledger.append(
        entry(text('message'), {
          actor: text('actor'),
          worker: text('worker'),
          data: { text: text('data') },
        }),
      )
    }
    await state.close()
    const bytes = readFileSync(path)
    const at = bytes.indexOf(needle)
    bytes.writeUInt8(bytes.readUInt8(at) ^ 1, at)
    writeFileSync(path, bytes)
    const { state: reopened } = await openedState(dir)
    expect(reopened.rebuilt).toBe(false)
    expect(await reopened.ledger.verify()).toMatchObject({ ok: false, entries: 6, brokenAt: 7 })
  })

  it.each([
    ['an entry taken out of the middle', 'DELETE FROM ledger_entries WHERE id = 3', 3, 'is missing'],
    ['the end cut off', 'DELETE FROM ledger_entries WHERE id > 3', 4, 'are missing'],
    ['a rehashed time', 'UPDATE ledger_entries SET created_at = 0 WHERE id = 2', 2, 'its hash'],
    ['a broken link', "UPDATE ledger_entries SET prev_hash = 'x' WHERE id = 4", 4, 'does not follow'],
    ['data that is no JSON', "UPDATE ledger_entries SET data = '{' WHERE id = 1", 1, 'cannot be read'],
    ['data written otherwise', "UPDATE ledger_entries SET data = '{ }' WHERE id = 1", 1, 'as it was written'],
  ])('finds %s', async (_, sql, brokenAt, reason) => {
    const { path, state } = await openedState()
    await appendMany(state, 5)
    meddle(path, (db) => {
      db.exec('DROP TRIGGER ledger_entries_no_delete; DROP TRIGGER ledger_entries_no_update')
      db.exec(sql)
    })
    const verdict = await state.ledger.verify()
    expect(verdict).toMatchObject({ ok: false, brokenAt, reason: expect.stringContaining(reason) as string })
  })

  it('lets the event loop turn while it walks, and takes in what is appended meanwhile', async () => {
    const { state } = await openedState()
    await appendMany(state, 2500)
    let turns = 0
    let walking = true
    const count = (): void => {
      turns += 1
      if (walking) setImmediate(count)
    }
    setImmediate(count)
    const verified = state.ledger.verify()
    await state.ledger.append(entry('meanwhile'))
    expect(await verified).toMatchObject({ ok: true, entries: 2501 })
    walking = false
    expect(turns).toBeGreaterThanOrEqual(4)
  })
})

it('finds in a ledger too long to sort the same as a look at every entry', async () => {
  const { state, clock } = await openedState()
  const startMs = clock.wallMs()
  const append = (from: number, count: number) =>
    Promise.all(Array.from({ length: count }, (_, index) => state.ledger.append(varied(from + index))))
  await append(0, 5200)
  await clock.advance(10_000)
  await append(5200, 100)
  const all = state.ledger.read({ limit: 10_000 })
  const filters: Omit<LedgerFilter, 'limit'>[] = [
    { type: 'task.*' },
    { type: 'worker.*' },
    { type: 'task.inserted' },
    { level: 'error' },
    { level: 'info', worker: 'it_triad_jr' },
    { since: startMs },
    { since: startMs + 10_000, type: 'task.*' },
    { since: startMs + 10_000, level: 'error', afterId: 10 },
    { type: 'task.*', afterId: 5100 },
    { type: 'task.*', beforeId: 4000 },
    { beforeId: 100 },
    { since: startMs + 10_000, beforeId: 5250 },
    { taskId: taskId(3), level: 'warn' },
  ]
  for (const filter of filters) {
    const matching = all.filter((one) => matches(one, filter))
    expect(matching.length, JSON.stringify(filter)).toBeGreaterThan(0)
    const page = filter.afterId === undefined ? matching.slice(-20) : matching.slice(0, 20)
    expect(state.ledger.read({ ...filter, limit: 20 }), JSON.stringify(filter)).toEqual(page)
    expect(state.ledger.read({ ...filter, limit: 10_000 }), JSON.stringify(filter)).toEqual(matching)
  }
})

const varied = (n: number) =>
  entry(`message ${n}`, {
    eventType: n % 40 === 0 ? 'worker.ended' : 'task.inserted',
    level: n % 97 === 0 ? 'error' : n % 13 === 0 ? 'warn' : 'info',
    taskId: taskId((n % 50) + 1),
    ...(n % 3 === 0 && { worker: 'it_triad_jr' }),
  })

const matches = (one: LedgerEntry, filter: Omit<LedgerFilter, 'limit'>): boolean =>
  one.eventType.startsWith(filter.type?.replace('*', '') ?? '') &&
  one.level === (filter.level ?? one.level) &&
  one.worker === (filter.worker ?? one.worker) &&
  one.taskId === (filter.taskId ?? one.taskId) &&
  one.createdAt >= (filter.since ?? 0) &&
  one.id > (filter.afterId ?? 0) &&
  one.id < (filter.beforeId ?? Number.POSITIVE_INFINITY)

it("runs the seed's query", async () => {
  const { path, state } = await openedState()
  await appendMany(state, 2)
  const rows = meddle(path, (db) =>
    db
      .prepare(
        "SELECT * FROM ledger_entries WHERE event_type LIKE 'worker%' ORDER BY created_at DESC LIMIT 100",
      )
      .all(),
  )
  expect(rows).toHaveLength(2)
  expect(rows[0]).toMatchObject({
    event_type: 'worker.running',
    level: 'info',
    created_at: Date.UTC(2026, 0, 1),
  })
})
