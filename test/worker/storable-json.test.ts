import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { parseStorableJson } from '../../src/worker/storable-json.ts'

test('any well-formed JSON comes back as it was', () => {
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 6 }), (value) => {
      const text = JSON.stringify(value)
      const parsed = parseStorableJson(text, 1e6)
      if (text.includes('\\u0000') || text.includes('\\ud')) return
      // Keys such as __proto__ included.
      expect(parsed).toEqual({ ok: true, value: JSON.parse(text) as unknown })
    }),
  )
})

test('what PostgreSQL refuses in a text is replaced, in keys too', () => {
  const parsed = parseStorableJson('{"a\\u0000":["b\\u0000","\\ud800"]}', 1000)
  expect(parsed).toEqual({ ok: true, value: { 'a\uFFFD': ['b\uFFFD', '\uFFFD'] } })
})

test.each([
  ['too long', '"aaaaaaaa"', /10 bytes, over the limit of 9/],
  ['no JSON', '{', /not JSON/],
])('%s is refused', (_what, text, reason) => {
  expect(parseStorableJson(text, 9)).toEqual({ ok: false, reason: expect.stringMatching(reason) as string })
})

test('depth is bounded, whatever brackets stand in strings', () => {
  const deep = '['.repeat(500_000) + ']'.repeat(500_000)
  expect(parseStorableJson(deep, 2e6)).toEqual({ ok: false, reason: 'nested deeper than 100 levels' })
  expect(parseStorableJson(JSON.stringify('[{\\"'.repeat(200)), 1e6).ok).toBe(true)
})
