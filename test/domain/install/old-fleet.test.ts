import { describe, expect, it } from 'vitest'
import {
  foreignUnits,
  keptAliveBy,
  replacedSoFar,
  unitsToReplace,
} from '../../../src/domain/install/old-fleet.ts'

const unit = (name: string, active: string, enabled: string) =>
  ({ name, owner: 'system', active, enabled, isOurs: false }) as const

describe('an old fleet', () => {
  it('is switched off where it runs or would', () => {
    const found = unitsToReplace([
      unit('a', 'active', 'enabled'),
      unit('b', 'inactive', 'enabled'),
      unit('c', 'activating', 'static'),
      unit('d', 'inactive', 'disabled'),
      unit('e', 'failed', 'disabled'),
    ])
    expect(found.map(({ name, wasActive, wasEnabled }) => [name, wasActive, wasEnabled])).toEqual([
      ['a', true, true],
      ['b', false, true],
      ['c', true, false],
    ])
  })

  it('is remembered as it was before us, however often we look', () => {
    const first = { name: 'a', owner: 'system', wasActive: true, wasEnabled: true } as const
    const again = { ...first, wasActive: false }
    const other = { ...first, owner: 'user' } as const
    expect(replacedSoFar([first], [again, other])).toEqual([first, other])
    expect(replacedSoFar([], [first, again])).toEqual([first])
  })

  it('is no unit that is ours by now, but one that is left over and not known', () => {
    const [old, own] = [unit('a', 'active', 'enabled'), { ...unit('b', 'active', 'enabled'), isOurs: true }]
    expect(foreignUnits([old, own], { staleUnits: [], isNoted: true })).toEqual([old])
    expect(foreignUnits([old, own], { staleUnits: ['b'], isNoted: true })).toEqual([old])
    expect(foreignUnits([old, own], { staleUnits: [], isNoted: false })).toEqual([old])
    expect(foreignUnits([old, own], { staleUnits: ['b'], isNoted: false })).toEqual([old, own])
  })

  it('is not ended by its processes while a unit brings them back', () => {
    const process = { startTime: 1, user: 'jr', ageMs: 1, commandLine: 'x' }
    const processes = [
      { ...process, pid: 1, unit: null },
      { ...process, pid: 2, unit: 'a.service' },
      { ...process, pid: 3, unit: 'b.service' },
    ]
    expect(keptAliveBy(processes, ['a.service'])).toEqual([{ pid: 3, unit: 'b.service' }])
  })
})
