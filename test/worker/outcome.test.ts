import { expect, test } from 'vitest'
import { outcomeOf } from '../../src/worker/outcome.ts'
import type { CommandEnd } from '../../src/worker/outcome.ts'

const quiet: CommandEnd = {
  code: 0,
  signal: null,
  resultFile: { kind: 'absent' },
  lastLine: null,
  stdoutTail: '',
  stderrTail: '',
}
const failed = (kind: string, error: string, more: object = {}) => ({
  kind: 'failed',
  failure: { kind, error, ...more },
})

test.each<[string, Partial<CommandEnd>, object]>([
  ['exit 0', {}, { kind: 'completed', result: null }],
  [
    'the file wins over stdout',
    { resultFile: { kind: 'json', value: 1 }, lastLine: '2', stdoutTail: '2\n' },
    { kind: 'completed', result: 1 },
  ],
  [
    'a JSON line wins over the tail',
    { lastLine: '{"a":1}', stdoutTail: 'x\n{"a":1}\n' },
    { kind: 'completed', result: { a: 1 } },
  ],
  ['no JSON: the tail', { lastLine: 'x', stdoutTail: 'x\0\n' }, { kind: 'completed', result: 'x\uFFFD\n' }],
  ['75', { code: 75 }, failed('asked', 'exit code 75')],
  ['65', { code: 65, stderrTail: 'gone\n' }, failed('final', 'exit code 65: gone')],
  ['1', { code: 1, stderrTail: 'a\nb\n' }, failed('attempt', 'exit code 1: a\nb')],
  ['a signal', { code: null, signal: 'SIGSEGV' }, failed('attempt', 'killed by SIGSEGV')],
  [
    'a failure keeps what was printed',
    { code: 1, stdoutTail: 'half\n' },
    failed('attempt', 'exit code 1', { result: 'half\n' }),
  ],
  ['a bad file on exit 0', { resultFile: { kind: 'bad', reason: 'R' } }, failed('attempt', 'exit code 0: R')],
  [
    'a bad file on exit 65',
    { code: 65, resultFile: { kind: 'bad', reason: 'R' } },
    failed('final', 'exit code 65: R'),
  ],
  [
    'escapes in stderr are shown, not obeyed',
    { code: 1, stderrTail: '\u001b[2Jx' },
    failed('attempt', 'exit code 1: ␛x'),
  ],
])('%s', (_what, end, outcome) => {
  expect(outcomeOf({ ...quiet, ...end })).toEqual(outcome)
})
