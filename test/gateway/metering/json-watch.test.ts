import { describe, expect, it } from 'vitest'
import { JsonWatch } from '../../../src/gateway/metering/json-watch.ts'
import { watchedNames } from '../../../src/gateway/metering/watched-names.ts'

interface Seen {
  usages: [unknown, boolean][]
  textBytes: number
  choicesEmpty: boolean
  whole: boolean
}

function watched(id: 'chat' | 'responses' | 'messages', pieces: readonly string[]): Seen {
  const usages: Seen['usages'] = []
  const one = new JsonWatch(watchedNames(id, true), {
    usage: (reported, outer) => usages.push([reported, outer]),
  })
  for (const bytes of pieces.map((piece) => Buffer.from(piece))) {
    one.push(bytes, 0, bytes.length)
    // The socket may use its buffer again.
    bytes.fill('!')
  }
  const { textBytes, choicesEmpty, whole } = one
  return { usages, textBytes, choicesEmpty, whole }
}

function watch(id: 'chat' | 'responses' | 'messages', json: string): Seen {
  const seen = watched(id, [json])
  expect(watched(id, json.split(''))).toEqual(seen)
  return seen
}

describe('the usage that counts', () => {
  it.each([
    ['chat', '{"usage":{"a":{"b":"}"}}}', [[{ a: { b: '}' } }, false]]],
    ['chat', '{"usage" : \n {"a":1} }', [[{ a: 1 }, false]]],
    [
      'chat',
      '{"usage":{"a":1},"usage":{"a":2}}',
      [
        [{ a: 1 }, false],
        [{ a: 2 }, false],
      ],
    ],
    [
      'messages',
      '{"message":{"id":"x","usage":{"a":1}},"usage":{"a":2}}',
      [
        [{ a: 1 }, true],
        [{ a: 2 }, false],
      ],
    ],
    ['responses', '{"response":{"usage":{"a":1}}}', [[{ a: 1 }, true]]],
  ] as const)('in %s is that of %s', (id, json, usages) => {
    expect(watch(id, json).usages).toEqual(usages)
  })

  it.each([
    ['chat', '{"usage":null}'],
    ['chat', '{"usage":"{}","a":{"usage":{"a":1}}}'],
    ['chat', '{"message":{"usage":{"a":1}},"response":{"usage":{"a":1}}}'],
    ['chat', '{"choices":[{"usage":{"a":1}}]}'],
    ['chat', '{"a":"usage","b":{"c":1}}'],
    ['chat', '{"a":"\\"usage\\":{\\"a\\":1}"}'],
    ['chat', '{"usage":[{"a":1}]}'],
    ['chat', '[{"usage":{"a":1}}]'],
    ['messages', '{"message":{"id":1},"other":{"usage":{"a":1}}}'],
    ['messages', '{"message":{"content":[{"input":{"usage":{"a":1}}}]}}'],
    ['messages', '{"message":[{"usage":{"a":1}}]}'],
    ['responses', '{"response":{"tools":[{"usage":{"a":1}}],"metadata":{"usage":"{}"}}}'],
    ['responses', '{"response":{"usage":{"a":1'],
  ] as const)('in %s is not in %s', (id, json) => {
    expect(watch(id, json).usages).toEqual([])
  })
})

it.each([
  ['{"choices":[],"usage":{}}', true],
  ['{"choices" : [ \n ]}', true],
  ['{"choices":[1]}', false],
  ['{"choices":[null]}', false],
  ['{"choices":["a"]}', false],
  ['{"choices":[[]]}', false],
  ['{"choices":[{}]}', false],
  ['{"choices":{},"a":[]}', false],
  ['{"a":{"choices":[]}}', false],
])('%s has no choices: %s', (json, choicesEmpty) => {
  expect(watch('chat', json)).toMatchObject({ choicesEmpty, whole: true })
})

it.each([
  ['{"choices":[{"delta":{"content":"abc"}}]}', 3],
  ['{"choices":[{"delta":{"content":"a\\"c"}}]}', 4],
  ['{"choices":[{"delta":{"content":null,"role":"assistant"}}]}', 0],
  ['{"choices":[{"delta":{"content":["text"]}}],"id":"content"}', 0],
  ['{"choices":[{"delta":{"reasoning_content":"ab","contents":"x"}}]}', 2],
])('%s has %i bytes of text', (json, textBytes) => {
  expect(watch('chat', json).textBytes).toBe(textBytes)
})

it('begins anew', () => {
  const usages: unknown[] = []
  const one = new JsonWatch(watchedNames('chat', true), { usage: (reported) => usages.push(reported) })
  const push = (json: string): void => one.push(Buffer.from(json), 0, json.length)
  push('{"choices":[],"a":"broken off in a text \\')
  one.restart()
  expect([one.whole, one.choicesEmpty]).toEqual([true, false])
  push('{"usage":{"a":1')
  one.restart()
  push('{"usage":{"a":2}}')
  expect(usages).toEqual([{ a: 2 }])
})
