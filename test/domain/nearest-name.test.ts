import { expect, it } from 'vitest'
import { nearestName } from '../../src/domain/nearest-name.ts'

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
