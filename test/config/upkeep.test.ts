import { describe, expect, test } from 'vitest'
import { load, problemsOf } from './fixture.ts'

describe('memory and nights', () => {
  test('have the thresholds and the hour of the specification', async () => {
    const { memory, nightly } = (await load('')).policy
    expect(memory).toEqual({
      intervalMs: 60_000,
      budgetBytes: null,
      warnPercent: 80,
      criticalPercent: 90,
      recoverPercent: 75,
      heapSnapshot: false,
    })
    expect(nightly).toEqual({ at: '23:00', timezone: 'Europe/Zurich', adaptivePriorities: 'propose' })
  })

  test('take a size or "off", a time or "off", and any time zone', async () => {
    const toml = '[memory]\nbudget = "1.5G"\n[nightly]\nat = "00:05"\ntimezone = "Asia/Kolkata"'
    const { memory, nightly } = (await load(toml)).policy
    expect(memory.budgetBytes).toBe(1.5 * 2 ** 30)
    expect(nightly).toMatchObject({ at: '00:05', timezone: 'Asia/Kolkata' })
  })

  test.each([
    [
      '[memory]\nwarn_percent = 95',
      'memory.warn_percent: found 95, allowed less than memory.critical_percent (90)',
    ],
    [
      '[memory]\nrecover_percent = 80',
      'memory.recover_percent: found 80, allowed less than memory.warn_percent (80)',
    ],
    [
      '[memory]\nwarn_percent = 60\nrecover_percent = 60',
      'memory.warn_percent: found 60, allowed more than memory.recover_percent (60)',
    ],
    ['[memory]\nbudget = "12"', 'allowed "off", or a size from "16M" to "1024T"'],
    ['[memory]\nwarn_percent = 101', 'allowed a whole number from 1 to 100'],
    ['[nightly]\nat = "24:00"', 'allowed a time of the day from "00:00" to "23:59", or "off"'],
    ['[nightly]\ntimezone = "Europe/Zuerich"', 'allowed a name of the time zone database'],
    ['[nightly]\nadaptive_priorities = "aply"', 'did you mean "apply"?'],
  ])('%s is refused', async (toml, said) => {
    const problems = await problemsOf(toml)
    expect(problems).toHaveLength(1)
    expect(problems[0]).toContain(said)
  })
})
