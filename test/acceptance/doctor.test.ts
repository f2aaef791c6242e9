import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Check } from '../../src/cli/doctor/check.ts'
import { jrctl } from '../support/jrctl.ts'
import { scripted, startFleet, type TestFleet } from './fleet.ts'

interface Findings {
  level: string
  checks: Check[]
}

/** `jrctl doctor` (spec §12), the database's part. */
describe('jrctl doctor', () => {
  let fleet: TestFleet
  beforeAll(async () => {
    fleet = await startFleet(scripted('Idle Jr.', 'true'))
  })
  afterAll(() => fleet.end())

  const find = async (): Promise<Findings & { code: number | null }> => {
    const { code, stdout } = await fleet.jrctl('doctor', '--json')
    return { ...(JSON.parse(stdout) as Findings), code }
  }

  it('finds a fleet in order, but for a test server that does not wait for its disk', async () => {
    const { code, checks } = await find()
    expect(code).toBe(0)
    const found = checks.filter(({ level }) => level !== 'ok').map(({ name }) => name)
    // The disk of the machine that tests is its own affair.
    expect(found.filter((name) => !['database.durability', 'machine.disk'].includes(name))).toEqual([])
    expect(checks.map(({ name }) => name)).toContain('database.horizon')
  })

  it('exits 1 when an index is gone, says how to get it back, and is right', async () => {
    await fleet.sql.query('drop index jr_work_queue_ready')
    const { code, checks } = await find()
    expect(code).toBe(1)
    expect(checks).toContainEqual(
      expect.objectContaining({
        name: 'database.indexes',
        level: 'bad',
        text: 'jr_work_queue_ready is missing',
        remedy: expect.stringContaining('jrctl migrate'),
      }),
    )
    expect((await fleet.jrctl('migrate')).code).toBe(0)
    expect((await find()).code).toBe(0)
  })

  it('prints a line a check with its remedy', async () => {
    await fleet.sql.query('alter table jr_work_queue disable trigger jr_after_update')
    const { code, stdout } = await fleet.jrctl('doctor')
    const health = await fleet.jrctl('health-check')
    expect(health.code).toBe(2)
    expect(health.stdout).toMatch(/^JRCTL CRITICAL - .*jr_after_update \(disabled\).*Run: jrctl migrate/)
    expect((await fleet.jrctl('migrate')).stdout).toContain('jr_after_update')
    expect((await find()).code).toBe(0)
    expect(code).toBe(1)
    expect(stdout).toMatch(/^bad +database\.trigger +the trigger jr_after_update is disabled/m)
    expect(stdout).toMatch(/→ Restore it, .*jrctl migrate/)
  })

  it('exits 69 when the database is out of reach, and still looks at the machine', async () => {
    const env = { ...fleet.place.env, DATABASE_URL: 'postgresql://nobody@127.0.0.1:1/none' }
    const { code, stdout } = await jrctl({ ...fleet.place, env }, ['doctor'])
    expect(code).toBe(69)
    expect(stdout).toMatch(/^bad +database\.reachable/m)
    expect(stdout).toMatch(/^ok +machine\.daemon/m)
  })
})
