import { describe, expect, it } from 'vitest'
import { readSavedSnapshot } from '../../src/expressions/saved-snapshot.ts'
import { compileConditions } from '../../src/expressions/rule-conditions.ts'
import { compileSnapshotCondition } from '../../src/expressions/snapshot-condition.ts'
import { plainVariables, sections } from '../../src/expressions/snapshot-fields.ts'
import { jrName } from '../../src/domain/ids.ts'
import { aSnapshot, aTaskRef } from '../support/cycle-sections.ts'

const takenAt = aSnapshot().takenAt
const hour = 3_600_000
const snapshot = aSnapshot({
  jobs: {
    waiting: 62,
    pending: 60,
    in_progress: 4,
    oldestWaitingMs: 1_500_000,
    oldest: [aTaskRef(3, { channel: 'tiktok' })],
  },
  scheduler: {
    open: ['tiktok'],
    windows: [
      {
        channel: 'tiktok',
        isOpen: true,
        strict: false,
        opensAt: null,
        closesAt: takenAt + hour / 2,
        closingSoon: true,
      },
      { channel: 'youtube', isOpen: false, strict: true, opensAt: null, closesAt: null, closingSoon: false },
    ],
  },
  campaigns: {
    active: 1,
    list: [{ id: 1, name: 'spring', budget: 99.5, startsAt: null, endsAt: null, waiting: 2, next: [] }],
  },
  workers: {
    onlineJrs: 2,
    lines: [
      {
        jrName: jrName('a'),
        online: true,
        load: 1,
        waiting: 3,
        failuresInARow: 0,
        last: [aTaskRef(5, { score: 7 })],
      },
    ],
  },
  capacity: { ratePerMinute: 12.5, waiting: 60 },
})

function judged(text: string, of = snapshot) {
  const compiled = compileSnapshotCondition(text)
  if (compiled.kind === 'invalid') throw new Error(compiled.reason)
  return compiled.holds(of)
}

describe('a condition on a snapshot', () => {
  it.each([
    ['jobs.waiting > 60 && jobs.pending == 60 && jobs.in_progress < 5', true],
    ['jobs.waiting > 20 * workers.onlineJrs && capacity.waiting >= 60', true],
    ['jobs.oldestWaitingMs > 20 * minute', true],
    ['jobs.oldestWaitingMs > hour', false],
    ["'tiktok' in scheduler.open && !('youtube' in scheduler.open)", true],
    ['scheduler.windows.exists(w, w.isOpen && w.closesAt - takenAt < hour)', true],
    ['campaigns.list.exists(c, c.budget > 99 && c.budget < 100)', true],
    ['campaigns.list.all(c, c.budget == 99)', false],
    ['jobs.oldest.exists(t, t.channel == "tiktok" && t.id == 3)', true],
    ['workers.lines[0].last[0].score < 8', true],
    ['workers.byState.running == 0 && workers.byState.disabled_by_failure == 0', true],
    ['capacity.mode == "lend" && capacity.ratePerMinute > 12', true],
    ['system.score <= 100 && system.deductions.exists(d, d.kind == "queue_saturated")', true],
    ['nodeId == "node-a"', true],
    [
      'scheduler.windows.exists(w, w.closesAt < takenAt + 2 * hour && w.closesAt - 1 * minute > takenAt)',
      true,
    ],
    ['campaigns.list.all(c, c.budget * 2 == 199 && 2 * c.budget / 2 > 99 && 1 + c.budget == 100.5)', true],
    ['size(jobs.retries) == 0 && deliveries.scheduled == 0', true],
    [
      'workers.lines.exists(l, l.last.exists(t, t.score < 8)) && workers.lines.filter(l, l.online).all(l, l.load == 1)',
      true,
    ],
  ])('%s: %s', (text, holds) => {
    expect(judged(text)).toEqual({ holds, error: null })
  })

  it.each([
    ['scores.average < 40', 'scores.average > 40'],
    [
      'scheduler.windows.exists(w, w.opensAt - takenAt < hour)',
      'scheduler.windows.exists(w, w.opensAt > takenAt)',
    ],
    ['campaigns.list.exists(c, c.endsAt - takenAt < day)', 'jobs.oldest.exists(t, t.score < 10)'],
  ])('takes what is missing neither for small nor for large: %s', (...texts) => {
    for (const text of texts) expect(judged(text)).toEqual({ holds: false, error: null })
  })

  it('that fails says why, and holds not', () => {
    expect(judged('workers.lines[7].load > 1')).toEqual({
      holds: false,
      error: 'there is no workers.lines[7], its list is shorter; look at its size() first',
    })
    expect(judged('jobs.waiting / workers.byState.running > 2')).toEqual({
      holds: false,
      error: expect.stringContaining('zero') as string,
    })
  })

  it('may name every field of a snapshot', () => {
    for (const [section, fields] of Object.entries(sections)) {
      for (const name of Object.keys(fields).filter((field) => field !== 'byState'))
        expect(judged(`${section}.${name} == ${section}.${name}`), `${section}.${name}`).toMatchObject({
          error: null,
        })
    }
    for (const name of Object.keys(plainVariables))
      expect(judged(`${name} == ${name}`).holds, name).toBe(true)
  })

  it.each([
    ['jbos.waiting > 1', { name: 'jbos', within: '', elsewhere: null }],
    ['oldestWaitingMs > 1', { name: 'oldestWaitingMs', within: '', elsewhere: 'jobs.oldestWaitingMs' }],
    ['jobs.onlineJrs > 1', { name: 'onlineJrs', within: 'jobs', elsewhere: 'workers.onlineJrs' }],
    ['workers.byState.runing > 1', { name: 'runing', within: 'WorkersByState', elsewhere: null }],
  ])('%s names what there is not', (text, unknown) => {
    expect(compileSnapshotCondition(text)).toMatchObject({ kind: 'invalid', unknown })
  })

  it('is refused without a word that moves the cursor', () => {
    const compiled = compileSnapshotCondition('jobs.waiting \u001B[2J > 1')
    expect(compiled).toMatchObject({
      kind: 'invalid',
      reason: expect.not.stringContaining('\u001B') as string,
    })
  })

  it('is refused with loops that would hold up the daemon', () => {
    const nested =
      'workers.lines.all(a, workers.lines.map(b, workers.lines.exists(c, c.load > a.load)).size() > 0)'
    expect(compileSnapshotCondition(nested)).toEqual({
      kind: 'invalid',
      reason:
        'it has 3 loops (all, exists, exists_one, filter, map) within one another, at most 2 are allowed',
      unknown: null,
    })
  })

  it.each([
    ['jobs.waiting'],
    ['1 +'],
    [''],
    ['('.repeat(200)],
    [`jobs.waiting > '1'`],
    [`nodeId == '${'x'.repeat(2_000)}'`],
  ])('%.30s is refused', (text) => {
    expect(compileSnapshotCondition(text)).toMatchObject({ kind: 'invalid', unknown: null })
  })
})

describe('the conditions of rules', () => {
  const setting = (name: string, when: string) => ({
    name,
    enabled: true,
    cooldownMs: null,
    priority: null,
    own: { when, do: 'promote_task' as const, reason: 'so' },
  })

  it('are compiled by their text; one that is not understood fails where it is asked', async () => {
    const conditions = await compileConditions([setting('one', 'jobs.waiting > 60'), setting('two', 'jbos')])
    expect(conditions.get('jobs.waiting > 60')?.(snapshot)).toEqual({ holds: true, error: null })
    expect(conditions.get('jbos')?.(snapshot)).toEqual({ holds: false, error: 'Unknown variable: jbos' })
  })
})

describe('a saved snapshot', () => {
  it('is read as it was printed, alone or within an answer', () => {
    for (const saved of [snapshot, { apiVersion: 1, snapshot }, { status: 'ok', snapshot }])
      expect(readSavedSnapshot(JSON.stringify(saved))).toEqual({
        kind: 'snapshot',
        snapshot: JSON.parse(JSON.stringify(snapshot)) as unknown,
      })
  })

  it.each([
    ['no JSON', '{', 'it is no JSON'],
    ['another document', '{"a":1}', 'it is no snapshot'],
    ['a list', '[]', 'it is no snapshot'],
    [
      'another version',
      JSON.stringify({ ...snapshot, version: 9 }),
      'it is of version 9, this jrctl reads version 1',
    ],
    ['a section that is missing', JSON.stringify({ ...snapshot, jobs: undefined }), 'jobs is missing'],
    [
      'a count that is none',
      JSON.stringify({ ...snapshot, ledger: { errors1h: '3' } }),
      'ledger.errors1h is a string, not a number',
    ],
    [
      'a count that is null',
      JSON.stringify({ ...snapshot, ledger: { errors1h: null } }),
      'ledger.errors1h is null, not a number',
    ],
    [
      'a task in a list that is none',
      JSON.stringify({
        ...snapshot,
        scores: { ...snapshot.scores, highWaiting: [aTaskRef(1), { id: 'x' }] },
      }),
      'scores.highWaiting[1].id is a string, not a number',
    ],
    [
      'a list that is none',
      JSON.stringify({ ...snapshot, scheduler: { ...snapshot.scheduler, open: 'tiktok' } }),
      'scheduler.open is a string, not a list',
    ],
    [
      'a time beyond all calendars',
      JSON.stringify({ ...snapshot, takenAt: 1e300 }),
      'takenAt is 1e+300, beyond',
    ],
    [
      'a number beyond all numbers',
      JSON.stringify({ ...snapshot, takenAt: 0 }).replace('"takenAt":0', '"takenAt":1e400'),
      'takenAt is Infinity, beyond',
    ],
  ])('%s is refused', (_, text, said) => {
    const read = readSavedSnapshot(text)
    expect(read.kind === 'refused' && read.problem).toContain(said)
  })
})
