import { describe, expect, it } from 'vitest'
import { noMemory, remembered, transitionOf } from '../../../src/domain/alerts/transitions.ts'
import type { LedgerEntry } from '../../../src/domain/ledger-event.ts'
import { ledgerEventTypes } from '../../../src/domain/ledger-event.ts'
import { taskId } from '../../../src/domain/ids.ts'
import { entry } from './any.ts'

const read = (one: LedgerEntry, memory = noMemory) => transitionOf(one, 'n-1', memory)
const gist = (one: LedgerEntry, memory = noMemory) => {
  const told = read(one, memory)
  if (told === null) return null
  const { key, change, severity, topics } = told.transition
  return `${told.by} ${change} ${severity} ${key} [${topics.join()}]`
}

const worker = { worker: 'Research Jr.' }
const died = (data: object = {}): LedgerEntry =>
  entry('task.status_changed', {
    ...worker,
    level: 'error',
    taskId: taskId(5),
    dedupeKey: 'task:q1:5:7',
    data: { from: 'in_progress', to: 'failed', changes: { error: 'no\nluck' }, ...data },
  })

const odd = { to: 7, term: 'x', id: null, changes: null, pressure: [] }

describe('what an entry tells', () => {
  it.each<[string, LedgerEntry, string | null]>([
    [
      'a breaker that opens',
      entry('breaker.opened', { ...worker, level: 'error' }),
      'node raised warning breaker:Research Jr. [breaker,worker,dead_letter]',
    ],
    ['one whose probe failed', entry('breaker.opened', { ...worker, level: 'warn' }), null],
    ['one that probes', entry('breaker.half_opened', worker), null],
    [
      'one that closes',
      entry('breaker.closed', worker),
      'node cleared info breaker:Research Jr. [breaker,worker,dead_letter]',
    ],
    [
      "the fleet's breaker",
      entry('breaker.opened', { level: 'error' }),
      'node raised critical breaker [breaker]',
    ],
    [
      'a worker shed for memory',
      entry('worker.disabled', { ...worker, level: 'warn', data: { to: 'disabled_by_memory' } }),
      'node raised warning shed:Research Jr. [worker,memory]',
    ],
    ['it comes back', entry('worker.enabled', worker), 'node cleared info shed:Research Jr. [worker,memory]'],
    [
      'a worker disabled with its breaker, which tells it',
      entry('worker.disabled', { ...worker, level: 'warn', data: { to: 'disabled_by_failure' } }),
      null,
    ],
    [
      'a scheduled worker that is disabled',
      entry('worker.disabled', { ...worker, level: 'error' }),
      'node told warning disabled:Research Jr. [breaker,worker]',
    ],
    ['no such program', entry('worker.missing', worker), 'node raised warning missing:Research Jr. [worker]'],
    ['it runs', entry('worker.running', worker), 'node cleared info missing:Research Jr. [worker]'],
    [
      'a dead run',
      entry('dlq.added', { ...worker, data: { id: 'r7' } }),
      'node told warning dead_letter [dead_letter]',
    ],
    ['a dead worker, whose breaker tells it', entry('dlq.added', { ...worker, data: { id: 'w7' } }), null],
    ['a dead task', died(), 'leader told warning dead_letter [dead_letter]'],
    ['a task that goes on', died({ to: 'retry' }), null],
    ['the database lost', entry('database.lost'), 'node raised critical database:n-1 [database]'],
    ['the database restored', entry('database.restored'), 'node cleared info database:n-1 [database]'],
    [
      'critical memory',
      entry('system.memory.critical', { data: { pressure: 'fleet' } }),
      'node raised critical memory:fleet:n-1 [memory]',
    ],
    ['a warning of memory', entry('system.memory.warning', { data: { pressure: 'fleet' } }), null],
    [
      'memory again',
      entry('system.memory.recovered', { data: { pressure: 'heap' } }),
      'node cleared info memory:heap:n-1 [memory]',
    ],
    ['critical health', entry('system.health.critical'), 'node raised critical health [health]'],
    ['degraded health', entry('system.health.degraded'), 'node cleared info health [health]'],
    ['good health', entry('system.health.healthy'), 'node cleared info health [health]'],
  ])('%s', (_, one, expected) => {
    expect(gist(one)).toBe(expected)
  })

  it('is named by the node and the entry, or for a task by the event, which all nodes share', () => {
    expect(read(entry('database.lost'))?.transition.id).toBe('n-1:7')
    expect(read(died())?.transition).toMatchObject({
      id: 'task:q1:5:7',
      summary: 'task 5 of Research Jr. is dead: no luck',
    })
  })

  it('is one bounded line, whatever its text', () => {
    const told = read(entry('database.lost', { message: `a\u001b[2Jb\n${'x'.repeat(5_000)}` }))
    expect(told?.transition.summary).toMatch(/^a␛b x+…$/)
    expect(told?.transition.summary).toHaveLength(400)
  })

  it('is nothing, and no failure, for whatever else is in the ledger', () => {
    for (const type of ledgerEventTypes)
      for (const more of [{}, { data: {} }, { data: odd }])
        expect(() => read(entry(type, more))).not.toThrow()
  })
})

describe('a change of the leader', () => {
  const gained = (term: number) => entry('cluster.leader_gained', { data: { node: 'n-1', epoch: 1, term } })

  it('is none when a fleet begins, nor when a node leads again and nobody did in between', () => {
    expect(gist(gained(1))).toBeNull()
    expect(gist(gained(5), { lastTerm: 4, tookOver: false })).toBeNull()
  })

  it('is told by whom it came to', () => {
    const told = 'node told info leader [leader]'
    expect(gist(gained(5))).toBe(told)
    expect(gist(gained(6), { lastTerm: 4, tookOver: false })).toBe(told)
  })

  it('lets the new one clear what the old one raised', () => {
    const tookOver = remembered(gained(6), { lastTerm: 4, tookOver: false })
    expect(tookOver).toEqual({ lastTerm: 6, tookOver: true })
    const well = entry('system.health.degraded')
    expect(read(well, tookOver)?.transition.always).toBe(true)
    const judged = remembered(well, tookOver)
    expect(judged).toEqual({ lastTerm: 6, tookOver: false })
    expect(read(well, judged)?.transition.always).toBeUndefined()
  })
})
