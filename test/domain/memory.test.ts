import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  type MemoryLevel,
  type MemoryThresholds,
  memoryEvent,
  memoryLevels,
  nextMemoryLevel,
} from '../../src/domain/memory.ts'

const thresholds: MemoryThresholds = { warnPercent: 80, criticalPercent: 90, recoverPercent: 75 }

function walk(percents: readonly number[], start: MemoryLevel = 'normal'): MemoryLevel[] {
  let level = start
  return percents.map((percent) => (level = nextMemoryLevel(level, percent, thresholds)))
}

describe('the memory level', () => {
  it.each<[MemoryLevel, number, MemoryLevel]>([
    ['normal', 79.9, 'normal'],
    ['normal', 80, 'warning'],
    ['normal', 90, 'critical'],
    ['warning', 75, 'warning'],
    ['warning', 74.9, 'normal'],
    ['warning', 90, 'critical'],
    ['critical', 89, 'critical'],
    ['critical', 75, 'critical'],
    ['critical', 74.9, 'normal'],
  ])('%s at %d % becomes %s', (before, percent, after) => {
    expect(nextMemoryLevel(before, percent, thresholds)).toBe(after)
  })

  it('tells of a change, and of nothing else', () => {
    for (const before of memoryLevels) {
      expect(memoryEvent(before, before)).toBeNull()
    }
    expect(memoryEvent('normal', 'warning')).toBe('system.memory.warning')
    expect(memoryEvent('warning', 'critical')).toBe('system.memory.critical')
    expect(memoryEvent('critical', 'normal')).toBe('system.memory.recovered')
  })

  it('changes once at most while readings stay above the recovery, whatever they do there', () => {
    const above = fc.array(fc.double({ min: 75, max: 200, noNaN: true }), { minLength: 1 })
    fc.assert(
      fc.property(above, fc.constantFrom(...memoryLevels), (percents, start) => {
        const levels = [start, ...walk(percents, start)]
        const rank = levels.map((level) => memoryLevels.indexOf(level))
        expect(rank).toEqual(rank.toSorted((one, other) => one - other))
      }),
    )
  })

  it('never warns of what stays below the warning', () => {
    const below = fc.array(fc.double({ min: 0, max: 79.99, noNaN: true }))
    fc.assert(
      fc.property(below, (percents) => {
        expect(walk(percents).every((level) => level === 'normal')).toBe(true)
      }),
    )
  })
})
