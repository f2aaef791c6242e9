import { expect, test } from 'vitest'
import { type RunEnding, afterRun, outcomeOf } from '../../../src/domain/runs/run-ending.ts'

const exited = (code: number | null): RunEnding => ({ kind: 'exited', code })

test.each([
  [exited(0), 'succeeded', 'rest', 'rest'],
  [exited(1), 'failed', 'retry', 'die'],
  [exited(null), 'failed', 'retry', 'die'],
  [exited(75), 'failed', 'retry', 'die'],
  [exited(65), 'failed', 'die', 'die'],
  [{ kind: 'timed_out' }, 'timed_out', 'retry', 'die'],
  [{ kind: 'missing' }, 'missing', 'retry', 'die'],
  [{ kind: 'unstarted' }, 'failed', 'retry', 'die'],
  [{ kind: 'shed' }, 'failed', 'retry', 'die'],
  [{ kind: 'stopped' }, 'stopped', 'rest', 'rest'],
  [{ kind: 'cut_off' }, 'stopped', 'retry', 'retry'],
] as const satisfies [RunEnding, string, string, string][])(
  '%j counts as %s: at first %s, with no tries left %s',
  (ending, outcome, first, last) => {
    expect(outcomeOf(ending)).toBe(outcome)
    expect(afterRun(ending, 2, 2)).toBe(first)
    expect(afterRun(ending, 3, 2)).toBe(last)
  },
)
