import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  escapedForUnit,
  unescapedFromUnit,
  workerOfUnit,
  workerUnit,
} from '../../../src/domain/units/unit-name.ts'

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
    expect(unescapedFromUnit(escaped)).toBe(text)
  })

  it('comes back as it was, whatever it is', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        const escaped = escapedForUnit(text)
        expect(escaped).toMatch(/^[A-Za-z0-9:_.\\-]*$/)
        expect(unescapedFromUnit(escaped)).toBe(text)
      }),
    )
  })

  it.each(['a b', 'a\\x2', 'a\\n', 'ä', '\\xff', 'a\\'])('is none that reads %j', (escaped) => {
    expect(unescapedFromUnit(escaped)).toBeNull()
  })
})

describe('a worker’s unit', () => {
  it.each([
    ['Research Jr.', 1, 'jr-queue-worker@Research\\x20Jr..service'],
    ['Research Jr.', 2, 'jr-queue-worker@Research\\x20Jr.:2.service'],
    ['a:2', 1, 'jr-queue-worker@a:2:1.service'],
  ])('%s #%i is %s', (name, instance, unit) => {
    expect(workerUnit(name, instance)).toBe(unit)
    expect(workerOfUnit(unit)).toEqual({ name, instance })
  })

  it('is one instance’s alone', () => {
    const name = fc.oneof(fc.string({ minLength: 1 }), fc.stringMatching(/^[ab:12]{1,6}$/))
    fc.assert(
      fc.property(name, fc.integer({ min: 1, max: 1000 }), (jr, instance) => {
        expect(workerOfUnit(workerUnit(jr, instance))).toEqual({ name: jr, instance })
      }),
    )
  })

  it.each(['jr-orchestrator.service', 'jr-queue-worker@.service', 'jr-queue-worker@a b.service', ''])(
    'is not %j',
    (unit) => {
      expect(workerOfUnit(unit)).toBeNull()
    },
  )
})
