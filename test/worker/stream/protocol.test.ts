import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { taskLimits } from '../../../src/domain/task.ts'
import { createLineSplitter } from '../../../src/worker/line-splitter.ts'
import { cancelLine, lineBytesMax, parseProgramLine } from '../../../src/worker/stream/protocol.ts'

const parse = (text: string, cutBytes = 0) => parseProgramLine({ text, cutBytes })
const failing = (error: unknown, kind = 'attempt') => ({ kind: 'failed', failure: { kind, error } })

test.each([
  ['{"attempt":"a","result":{"b":[1]}}', { kind: 'completed', result: { b: [1] } }],
  ['  {"attempt":"a","result":null}', { kind: 'completed', result: null }],
  ['{"result":false,"attempt":"a"}', { kind: 'completed', result: false }],
  ['{"attempt":"a","result":1,"error":null}', { kind: 'completed', result: 1 }],
  ['{"attempt":"a","error":"why"}', failing('why')],
  ['{"attempt":"a","error":"why","result":null}', failing('why')],
  ['{"attempt":"a","error":"why","retry":true}', failing('why', 'asked')],
  ['{"attempt":"a","error":"why","retry":false}', failing('why', 'final')],
  ['{"attempt":"a","error":{"code":7}}', failing('{"code":7}')],
  [
    '{"attempt":"a","error":"why","result":2}',
    { kind: 'failed', failure: { kind: 'attempt', error: 'why', result: 2 } },
  ],
  ['{"attempt":"a","progress":40.9}', { kind: 'progress', progress: { percent: 40, note: null } }],
  ['{"attempt":"a","progress":400,"note":"n"}', { kind: 'progress', progress: { percent: 100, note: 'n' } }],
  ['{"attempt":"a","progress":"x","note":3}', { kind: 'progress', progress: { percent: 0, note: null } }],
  ['{"attempt":"a"}', failing(expect.stringMatching(/neither "result"/))],
  ['{"attempt":"a","result":NaN}', failing(expect.stringMatching(/^the answer is not JSON: /))],
  [`{"attempt":"a","result":${'['.repeat(101)}`, failing(expect.stringMatching(/not JSON/))],
  [
    `{"attempt":"a","result":${'['.repeat(101)}${']'.repeat(101)}}`,
    failing(expect.stringMatching(/nested deeper than 100/)),
  ],
  [
    `{"attempt":"a","result":"${'x'.repeat(taskLimits.resultBytes)}"}`,
    failing('the result cannot be stored: 1048578 bytes, over the limit of 1048576'),
  ],
  [String.raw`{"attempt":"a","result":"\u0000\ud800"}`, { kind: 'completed', result: '\uFFFD\uFFFD' }],
  [String.raw`{"attempt":"a","error":"\u001b[31mred"}`, failing('␛red')],
])('%.80s is an answer', (text, answer) => {
  expect(parse(text)).toEqual({ kind: 'answer', attempt: 'a', answer })
})

test('the largest result that a row takes is taken', () => {
  const result = 'x'.repeat(taskLimits.resultBytes - 2)
  const text = JSON.stringify({ attempt: 'a', result })
  expect(parse(text)).toMatchObject({ answer: { kind: 'completed', result } })
})

test.each([
  '',
  'hello',
  '[1]',
  '"a"',
  '7',
  '{}',
  '{"level":"info"}',
  '{"attempt":7}',
  '{ oops',
  '::progress 4',
])('%j is a line for the log', (text) => expect(parse(text)).toEqual({ kind: 'log' }))

test('a program may say that it is ready', () => {
  expect(parse('{"ready":true}')).toEqual({ kind: 'ready' })
  expect(parse('{"ready":"yes"}')).toEqual({ kind: 'log' })
})

test('a line that was cut fails the attempt it begins with, and is nobody’s otherwise', () => {
  const reason = `the answer is ${25 + 10} bytes long, over the limit of ${lineBytesMax}`
  expect(parse('{"attempt":"a","result":"x', 9)).toEqual({
    kind: 'answer',
    attempt: 'a',
    answer: failing(reason),
  })
  expect(parse('{"result":"x,"attempt":"a"', 9)).toMatchObject({ kind: 'unattributable' })
  expect(parse('junk that is long', 9)).toEqual({ kind: 'log' })
})

/** Pieces that are nearly messages. */
const nearly = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.json(),
  fc.constantFrom('{"attempt":"', '"}', '\n', '\r\n', '\0', '{"attempt":"b","result":1}', '"result":', '}'),
)

test('whatever a program writes means something, and only what names an attempt speaks for it', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), fc.nat(10), (text, cutBytes) => {
      const message = parse(text, cutBytes)
      if (message.kind === 'answer') expect(text).toContain('"attempt"')
    }),
    { numRuns: 2000 },
  )
})

test('junk between messages, in whatever pieces it comes, never changes what they say', () => {
  fc.assert(
    fc.property(
      fc.array(nearly),
      fc.array(fc.tuple(fc.stringMatching(/^[a-z]{1,8}$/), fc.json())),
      (junk, told) => {
        // Line by line, for what has no end of line of its own would become part of the next message.
        const bytes = Buffer.from(
          told
            .map(([attempt, json], at) => `${junk[at] ?? ''}\n{"attempt":"${attempt}!","result":${json}}\n`)
            .join(''),
        )
        const heard: unknown[] = []
        const splitter = createLineSplitter(lineBytesMax, (line) => {
          const message = parseProgramLine(line)
          if (message.kind === 'answer' && message.attempt.endsWith('!')) heard.push(message.attempt)
        })
        for (let at = 0; at < bytes.length; at += 7) splitter.push(bytes.subarray(at, at + 7))
        splitter.end()
        expect(heard).toEqual(told.map(([attempt]) => `${attempt}!`))
      },
    ),
  )
})

test('a cancel is one line', () => {
  expect(cancelLine('a', 'cancelled')).toBe('{"attempt":"a","cancel":"cancelled"}\n')
})
