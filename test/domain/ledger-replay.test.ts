import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { taskId } from '../../src/domain/ids.ts'
import { checkTask } from '../../src/domain/ledger-check.ts'
import type { LedgerEntry } from '../../src/domain/ledger-event.ts'
import { replayLedger, type ReplayedTask } from '../../src/domain/ledger-replay.ts'
import type { Json } from '../../src/domain/task.ts'

type Columns = { [column: string]: Json }

let nextId = 1
function entry(
  eventType: LedgerEntry['eventType'],
  version: number,
  changes: Columns,
  more: { to?: string | null; task?: number } = {},
): LedgerEntry {
  const { to = 'pending', task = 7 } = more
  return {
    id: nextId++,
    createdAt: 0,
    eventType,
    level: 'info',
    actor: 'sql:psql',
    taskId: taskId(task),
    message: '',
    hash: '',
    data: { version, from: null, to, at: 0, changes, attempt_outcome: null },
  }
}

const inserted = entry('task.inserted', 1, { title: 't', status: 'pending', priority: 5 })
const prioritised = entry('task.updated', 2, { priority: 1 })
const claimed = entry('task.status_changed', 3, { status: 'in_progress', attempts: 1 }, { to: 'in_progress' })
const deleted = entry('task.deleted', 4, {}, { to: null })
const again = entry('task.inserted', 5, { title: 'u', status: 'pending' })

describe('replaying the ledger', () => {
  it.each<[string, LedgerEntry[], Partial<ReplayedTask>]>([
    [
      'a whole history',
      [inserted, prioritised, claimed],
      {
        version: 3,
        exists: true,
        status: 'in_progress',
        complete: true,
        missing: [],
        columns: { title: 't', status: 'in_progress', priority: 1, attempts: 1 },
      },
    ],
    ['a deletion', [inserted, prioritised, claimed, deleted], { exists: false, status: null, columns: {} }],
    [
      'a row that came again under the same id',
      [inserted, prioritised, claimed, deleted, again],
      { exists: true, complete: true, version: 5, columns: { title: 'u', status: 'pending' } },
    ],
    [
      'a gap: only what was written after it is certain',
      [inserted, claimed],
      {
        status: 'in_progress',
        complete: false,
        missing: [{ first: 2, last: 2 }],
        columns: { status: 'in_progress', attempts: 1 },
      },
    ],
    [
      'a beginning that was pruned, or came before jrctl',
      [prioritised, claimed],
      { complete: false, missing: [{ first: 1, last: 1 }] },
    ],
    [
      'a row that was there before its first event',
      [entry('task.updated', 1, { priority: 2 })],
      { complete: false, missing: [], columns: { priority: 2 } },
    ],
  ])('%s', (_, entries, expected) => {
    expect(replayLedger(entries)).toMatchObject([expected])
  })

  it('folds the entries of the newest queue alone, also those from before it was left', () => {
    const of = (queue: string, one: LedgerEntry) => ({ ...one, id: nextId++, data: { ...one.data, queue } })
    const changedTo = (queue: string): LedgerEntry =>
      of(queue, { ...entry('daemon.queue_changed', 0, {}), data: {} })
    const entries = [
      entry('task.inserted', 1, { title: 'before queues had ids' }, { task: 9 }),
      of('a', inserted),
      changedTo('b'),
      of('b', entry('task.inserted', 1, { title: 'of b' }, { task: 8 })),
      of('b', deleted),
    ]
    const ofB = [{ taskId: 7, exists: false }, { taskId: 8 }]
    expect(replayLedger(entries)).toMatchObject(ofB)
    expect(replayLedger(entries.toReversed())).toMatchObject(ofB)
    expect(replayLedger([...entries, changedTo('a'), of('a', prioritised)])).toMatchObject([
      { taskId: 7, version: 2, complete: true, columns: { title: 't', priority: 1 } },
    ])
  })

  it('passes over what is no change of a row', () => {
    const { data: _, ...bare } = inserted
    const rescued = { ...inserted, eventType: 'task.rescued' as const }
    expect(replayLedger([bare, rescued, { ...inserted, data: { omittedBytes: 70_000 } }])).toEqual([])
  })
})

/** A task's true history: each change with what the row held after it. */
const history = fc
  .array(
    fc.record({
      kind: fc.constantFrom<'update' | 'delete'>('update', 'update', 'update', 'delete'),
      changes: fc.dictionary(
        fc.constantFrom('title', 'priority', 'error', 'score'),
        fc.option(fc.nat(3), { nil: null }),
      ),
    }),
    { maxLength: 12 },
  )
  .map((steps) => {
    const entries: LedgerEntry[] = []
    const rows: (Columns | null)[] = []
    let row: Columns | null = null
    for (const [index, { kind, changes }] of steps.entries()) {
      const set = Object.fromEntries(Object.entries(changes).filter(([, value]) => value !== null))
      if (row === null) {
        entries.push(entry('task.inserted', index + 1, set))
        row = set
      } else if (kind === 'delete') {
        entries.push(entry('task.deleted', index + 1, {}, { to: null }))
        row = null
      } else {
        entries.push(entry('task.updated', index + 1, changes))
        row = Object.assign({}, row, changes)
      }
      rows.push(row)
    }
    return { entries, rows }
  })

describe('properties of the replay', () => {
  it('is the row, in whatever order and however often the entries come', () => {
    fc.assert(
      fc.property(
        history.chain(({ entries, rows }) =>
          fc.record({
            rows: fc.constant(rows),
            order: fc
              .tuple(
                fc.shuffledSubarray(entries, { minLength: entries.length }),
                fc.shuffledSubarray(entries),
              )
              .map(([all, some]) => some.concat(all)),
          }),
        ),
        ({ rows, order }) => {
          const [replayed] = replayLedger(order)
          if (rows.length === 0) {
            expect(replayed).toBeUndefined()
            return
          }
          const row = rows.at(-1) ?? null
          expect(replayed).toMatchObject({ exists: row !== null, complete: true, version: rows.length })
          const state = row === null ? undefined : { taskId: taskId(7), version: rows.length, columns: row }
          expect(checkTask(replayed, state)).toEqual({ verdict: 'agrees', disagreements: [] })
        },
      ),
    )
  })

  it('never calls certain what a missing entry may have changed', () => {
    fc.assert(
      fc.property(
        history.chain(({ entries, rows }) =>
          fc.record({ rows: fc.constant(rows), kept: fc.subarray(entries), all: fc.constant(entries) }),
        ),
        ({ rows, kept, all }) => {
          const [replayed] = replayLedger(kept)
          if (replayed === undefined) return
          const row = rows[replayed.version - 1] ?? null
          expect(replayed.exists).toBe(row !== null)
          for (const [column, value] of Object.entries(replayed.columns))
            expect(row?.[column] ?? null).toEqual(value)
          const lost = replayed.missing.reduce((sum, { first, last }) => sum + last - first + 1, 0)
          expect(lost).toBe(replayed.version - kept.length)
          if (kept.length === all.length) expect(replayed.complete).toBe(true)
        },
      ),
    )
  })
})

describe('comparing with the row', () => {
  const [replayed] = replayLedger([inserted, prioritised])
  const row = {
    taskId: taskId(7),
    version: 2,
    columns: { title: 't', status: 'pending', priority: 1, error: null },
  }

  it.each<[string, Parameters<typeof checkTask>, object]>([
    ['the same', [replayed, row], { verdict: 'agrees' }],
    ['a newer row', [replayed, { ...row, version: 3 }], { verdict: 'behind' }],
    [
      'a row of which nothing is known, unchanged',
      [undefined, { ...row, version: 0 }],
      { verdict: 'agrees' },
    ],
    ['a row whose events are to come', [undefined, row], { verdict: 'behind' }],
    [
      'another value',
      [replayed, { ...row, columns: { ...row.columns, priority: 9 } }],
      { verdict: 'differs', disagreements: [{ column: 'priority', ledger: 1, row: 9 }] },
    ],
    [
      'a value where the ledger knows of none',
      [replayed, { ...row, columns: { ...row.columns, error: 'x' } }],
      { verdict: 'differs', disagreements: [{ column: 'error', ledger: null, row: 'x' }] },
    ],
    ['no row', [replayed, undefined], { verdict: 'differs', disagreements: [{ column: null }] }],
    ['an older row', [replayed, { ...row, version: 1 }], { verdict: 'differs' }],
    [
      'a row that was deleted',
      [replayLedger([inserted, prioritised, claimed, deleted])[0], { ...row, version: 4 }],
      { verdict: 'differs', disagreements: [{ ledger: 'deleted at version 4' }] },
    ],
  ])('%s', (_, [ledger, found], expected) => {
    expect(checkTask(ledger, found)).toMatchObject(expected)
  })

  it.each([
    ['2026-11-21T16:00:00.5+00:00', '2026-11-21T18:30:00.500000+02:30', true],
    ['2026-11-21T16:00:00+00', '2026-11-21T16:00:00+00:00', true],
    ['2026-11-21T16:00:00.000001+00:00', '2026-11-21T16:00:00+00:00', false],
    ['2026-11-21T16:00:00', '2026-11-21T16:00:00+00:00', false],
    ['infinity', 'infinity', true],
  ])('%s and %s are the same instant: %s', (one, other, same) => {
    const [known] = replayLedger([entry('task.inserted', 1, { started_at: one })])
    const found = { taskId: taskId(7), version: 1, columns: { started_at: other } }
    expect(checkTask(known, found).verdict).toBe(same ? 'agrees' : 'differs')
  })
})
