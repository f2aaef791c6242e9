import { expect, it } from 'vitest'
import { namesHint, nearestName } from '../../src/domain/nearest-name.ts'

it.each([
  ['sprnig', ['Summer', 'Spring'], 'Spring'],
  ['SPRING ', ['Spring'], 'Spring'],
  ['Spr', ['Summer', 'Spring 2026'], 'Spring 2026'],
  ['winter', ['Summer', 'Spring'], null],
  ['x', ['y'], 'y'],
  ['', ['Spring'], null],
  ['a'.repeat(65), ['a'.repeat(65)], null],
])('%s of %j means %s', (typed, names, meant) => {
  expect(nearestName(typed, names)).toBe(meant)
})

it('tells the name that was meant and those there are, and of many only so many', () => {
  expect(namesHint('sprnig', ['Summer', 'Spring'])).toBe('Did you mean "Spring"? There are: Summer, Spring.')
  expect(namesHint('winter', ['Summer', 'Spring'])).toBe('There are: Summer, Spring.')
  expect(namesHint('winter', [])).toBeNull()
  const many = Array.from({ length: 100 }, (_, n) => `worker ${n}`)
  expect(namesHint('nobody at all', many)).toMatch(/^There are: worker 0, .*worker 11, and 88 more\.$/)
})
