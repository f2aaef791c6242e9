import { describe, expect, it } from 'vitest'
import { escapedForUnit, workerUnit } from '../../src/domain/unit-name.ts'

describe('a name within a unit’s name', () => {
  // As systemd-escape(1) prints them.
  it.each([
    ['it_triad_jr', 'it_triad_jr'],
    ['Research Jr.', 'Research\\x20Jr.'],
    ['a/b-c', 'a-b\\x2dc'],
    ['.hidden', '\\x2ehidden'],
    ['ä%@\\', '\\xc3\\xa4\\x25\\x40\\x5c'],
    ['a:b_c.d', 'a:b_c.d'],
  ])('%s → %s', (text, escaped) => {
    expect(escapedForUnit(text)).toBe(escaped)
  })

  it('is an instance of the workers’ template', () => {
    expect(workerUnit('Research Jr.')).toBe('jr-queue-worker@Research\\x20Jr..service')
  })
})
