import { expect, it } from 'vitest'
import { attemptLines } from '../../../src/cli/tasks/attempts.ts'
import { fence, instanceId, jrName, nodeId, taskId } from '../../../src/domain/ids.ts'
import type { Attempt } from '../../../src/domain/task.ts'
import { fakeCli } from '../fake-cli.ts'

const startedAt = Date.UTC(2026, 0, 1)

function attempt(nth: number, more: Partial<Attempt>): Attempt {
  return {
    taskId: taskId(1),
    fence: fence(nth),
    attempt: nth,
    jrName: jrName('Research Jr.'),
    instanceId: instanceId('i'),
    nodeId: nodeId('node'),
    startedAt: startedAt + nth * 60_000,
    leaseExpiresAt: 0,
    endedAt: startedAt + nth * 60_000 + 1_000,
    outcome: 'failed',
    error: null,
    ...more,
  }
}

const lines = (...attempts: Attempt[]) =>
  attemptLines(attempts, fakeCli().output, startedAt + 3_600_000).map((line) =>
    line.trim().replace(/, \d{4}-.*?\), /, ', '),
  )

it('numbers attempts by their order, and says which count and as what', () => {
  const shown = lines(
    attempt(1, { outcome: 'released', error: 'the worker stopped' }),
    attempt(2, { attempt: 1, outcome: 'retry', error: 'no luck' }),
    attempt(3, { attempt: 2, outcome: null, endedAt: null }),
  )
  expect(shown).toEqual([
    '',
    'Attempts',
    '1. Research Jr. on node, released after 1 s: the worker stopped (not counted)',
    '2. Research Jr. on node, retry after 1 s: no luck (counted as try 1)',
    '3. Research Jr. on node, at work (counted as try 2)',
  ])
})

it('adds nothing where place and count are the same, or there is nothing', () => {
  expect(lines(attempt(1, {}), attempt(2, {})).slice(2)).toEqual([
    '1. Research Jr. on node, failed after 1 s',
    '2. Research Jr. on node, failed after 1 s',
  ])
  expect(lines()).toEqual([])
})

it('says whose plain SQL ended an attempt', () => {
  expect(lines(attempt(1, { outcome: 'foreign', error: 'ended by psql' })).at(-1)).toBe(
    '1. Research Jr. on node, ended by plain SQL of psql after 1 s',
  )
})
