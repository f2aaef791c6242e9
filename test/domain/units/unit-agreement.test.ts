import { describe, expect, it } from 'vitest'
import { compareUnits, disagreements, wantedUnits } from '../../../src/domain/units/unit-agreement.ts'

const first = 'jr-queue-worker@Research\\x20Jr..service'
const second = 'jr-queue-worker@Research\\x20Jr.:2.service'
const research = (instances: number) => ({ name: 'Research Jr.', instances })
const both = { up: [first, second], enabled: [first, second], written: [first, second] }

describe('the units of workers and the configuration', () => {
  it('agree where each instance has its unit, and those of a schedule have none', () => {
    const workers = [research(2), { name: 'Night Jr.', instances: 1, schedule: {} }]
    expect(wantedUnits(workers)).toEqual([first, second])
    const agreement = compareUnits(workers, both)
    expect(agreement).toEqual({ wanted: [first, second], surplus: [], missing: [], idle: [] })
    expect(disagreements(agreement)).toEqual([])
  })

  it('disagree where an instance was taken away, and its unit works on', () => {
    expect(disagreements(compareUnits([research(1)], both))).toEqual([
      `units of workers are at work that the configuration does not have: ${second}`,
    ])
  })

  it('disagree where a worker has another name now', () => {
    const agreement = compareUnits([{ name: 'b', instances: 1 }], { ...both, up: [first] })
    expect(agreement).toMatchObject({
      surplus: [
        { unit: first, isUp: true },
        { unit: second, isUp: false },
      ],
      missing: ['jr-queue-worker@b.service'],
    })
    expect(disagreements(agreement)).toEqual([
      `units of workers are at work that the configuration does not have: ${first}`,
      `units of workers start with the machine that the configuration does not have: ${second}`,
      'the configuration has workers whose units are not installed: jr-queue-worker@b.service',
    ])
  })

  it('do not disagree about one that an operator has put to rest', () => {
    const agreement = compareUnits([research(2)], { up: [first], enabled: [first], written: [first, second] })
    expect(agreement).toMatchObject({ surplus: [], missing: [], idle: [second] })
    expect(disagreements(agreement)).toEqual([])
  })

  it('leaves units alone that are none of a worker', () => {
    const others = ['jr-orchestrator.service', 'jr-health-check.timer', 'jr-queue-worker@.service']
    expect(compareUnits([], { up: others, enabled: others, written: others }).surplus).toEqual([])
  })

  it('names some of many', () => {
    const agreement = compareUnits([research(12)], { up: [], enabled: [], written: [] })
    expect(disagreements(agreement)[0]).toMatch(/:5\.service and 7 more$/)
  })
})
