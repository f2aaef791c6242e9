import { describe, expect, it } from 'vitest'
import {
  type FleetHome,
  type LivingFleet,
  planKeepTogether,
} from '../../../src/domain/install/keep-together.ts'

const home: FleetHome = { scope: 'system', account: 'jrctl', stateDir: '/var/lib/jrctl' }
const living: LivingFleet = { stateDirs: ['/var/lib/jrctl'] }
const refused = (
  one: Partial<FleetHome>,
  alive: LivingFleet | null = living,
  before: string | null = 'jrctl',
) => planKeepTogether({ ...home, ...one }, alive, before).map(({ message }) => message)

describe('a fleet that lives', () => {
  it('is installed anew as whom and where it is', () => {
    expect(refused({})).toEqual([])
    expect(refused({}, { stateDirs: [] })).toEqual([])
    expect(refused({ scope: 'user', account: 'joe' }, living, null)).toEqual([])
  })

  it('changes neither its account nor its state directory', () => {
    expect(refused({ account: 'jr2' })).toEqual([expect.stringContaining('is at work as jrctl: jr2')])
    expect(refused({ stateDir: '/srv/two' })).toEqual([
      expect.stringContaining('the state in /var/lib/jrctl, and the configuration says /srv/two'),
    ])
    // Of two states one is another.
    expect(refused({}, { stateDirs: ['/var/lib/jrctl', '/srv/one'] })).toHaveLength(1)
  })
})

it('what has ended may come back as somebody else, elsewhere', () => {
  expect(refused({ account: 'jr2', stateDir: '/srv/two' }, null)).toEqual([])
})
