import { once } from 'node:events'
import { chmod, writeFile } from 'node:fs/promises'
import { type AddressInfo, createServer } from 'node:net'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Check } from '../../src/cli/doctor/check.ts'
import { jrctl, temporaryPlace } from '../support/jrctl.ts'
import { scripted, startFleet, type TestFleet } from './fleet.ts'

interface Findings {
  level: string
  checks: Check[]
}

/** What is not the fleet's affair but that of the machine that tests it. */
const ofMachine =
  /^(machine\.(disk|inodes|clock|kernel|cgroup|locale|limits|timezone)|service\.|fleet\.alone|network\.)/

/** `jrctl doctor` (spec §12) on a real fleet. */
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
    // A busy machine may leave no time for the last of them.
    const timely = checks.filter(
      ({ level, text }) => level !== 'skipped' || !text.includes('no time was left'),
    )
    const found = timely.filter(({ level }) => level !== 'ok').map(({ name }) => name)
    expect(found.filter((name) => name !== 'database.durability' && !ofMachine.test(name))).toEqual([])
    const names = checks.map(({ name }) => name)
    for (const name of ['database.horizon', 'machine.limits', 'machine.files', 'package.libraries'])
      expect(names).toContain(name)
  })

  it('finds who may read what is for nobody else, and mends nothing itself', async () => {
    const state = join(fleet.place.dir, 'state')
    await chmod(state, 0o755)
    const { checks, code } = await find()
    expect(checks).toContainEqual(
      expect.objectContaining({ name: 'machine.state', level: 'warn', remedy: `chmod 700 ${state}` }),
    )
    expect(code).toBe(0)
    await chmod(state, 0o700)
  })

  it('looks over the machine also when the configuration is wrong', async () => {
    const place = await temporaryPlace()
    await writeFile(join(place.dir, 'jrctl.toml'), 'stat_dir = 3\n')
    const { code, stdout } = await jrctl(place, ['doctor'])
    await place.remove()
    expect(code).toBe(1)
    expect(stdout).toMatch(/^bad +machine\.config .*jrctl\.toml/m)
    expect(stdout).toMatch(/^skipped +database\.reachable +not known/m)
    expect(stdout).toMatch(/^ok +package\.libraries/m)
  })

  it('ends in time when the database never answers, and tells the rest', async () => {
    const silent = createServer()
    silent.listen(0, '127.0.0.1')
    await once(silent, 'listening')
    const { port } = silent.address() as AddressInfo
    const env = { ...fleet.place.env, DATABASE_URL: `postgresql://nobody@127.0.0.1:${port}/none` }
    const startedMs = performance.now()
    const { code, stdout } = await jrctl({ ...fleet.place, env }, ['doctor'])
    silent.close()
    expect(code).toBe(69)
    expect(stdout).toMatch(/^ok +machine\.daemon/m)
    // Five seconds are its bound; what a busy machine adds is not its fault.
    expect(performance.now() - startedMs).toBeLessThan(15_000)
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
