import { assert, constantFrom, property, string } from 'fast-check'
import { expect, test } from 'vitest'
import { matchesName } from '../../src/domain/name-pattern.ts'

test.each([
  ['*', '', true],
  ['*', 'anything', true],
  ['gpt-*', 'gpt-4o', true],
  ['gpt-*', 'xgpt-4o', false],
  ['gpt-4o', 'gpt-4o', true],
  ['gpt-4o', 'gpt-4o-mini', false],
  ['*-mini', 'gpt-4o-mini', true],
  ['a*a', 'a', false],
  ['a*a', 'aa', true],
  ['a*b*c', 'a-b-b-c', true],
  ['a*b*c', 'acb', false],
  ['*ab*ab', 'ab', false],
  ['gpt.*', 'gptx4', false],
])('%j and %j: %j', (pattern, name, fits) => {
  expect(matchesName(pattern, name)).toBe(fits)
})

test('fits whenever the regular expression of the same meaning does', () => {
  const few = string({ unit: constantFrom('a', 'b', '.', '*'), maxLength: 12 })
  const name = string({ unit: constantFrom('a', 'b', '.'), maxLength: 12 })
  assert(
    property(few, name, (pattern, text) => {
      const source = pattern.split('*').map((part) => part.replaceAll('.', String.raw`\.`))
      expect(matchesName(pattern, text)).toBe(new RegExp(`^${source.join('.*')}$`).test(text))
    }),
    { numRuns: 2_000 },
  )
})

test('is quick for the worst of patterns', () => {
  expect(matchesName('*a'.repeat(90), 'a'.repeat(80))).toBe(false)
})
