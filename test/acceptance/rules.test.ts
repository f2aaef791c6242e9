import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { aSnapshot, aTaskRef } from '../support/cycle-sections.ts'
import { type Place, jrctl, temporaryPlace } from '../support/jrctl.ts'

const config = `
[[rules]]
name = "low_scores"
enabled = false

[[rules]]
name = "mine"
when = "jobs.waiting > 7"
do = "promote_task"
`

/** Spec §7: rules of one's own, and `jrctl rules`, with no daemon and no database. */
describe('the rules of the cycle, without a daemon', () => {
  let place: Place
  beforeAll(async () => {
    place = await temporaryPlace()
    await writeFile(join(place.dir, 'jrctl.toml'), config, { mode: 0o600 })
  })
  afterAll(() => place.remove())

  it('are listed, tried on a saved snapshot, and explained', async () => {
    const saved = aSnapshot({ jobs: { waiting: 8 }, scores: { highWaiting: [aTaskRef(4), aTaskRef(5)] } })
    const [listed, tried, explained] = await Promise.all([
      jrctl(place, ['rules', 'list', '--json']),
      jrctl(place, ['rules', 'test', '--snapshot', '-', '--json'], JSON.stringify({ snapshot: saved })),
      jrctl(place, ['rules', 'explain', 'nobodys']),
    ])
    expect(JSON.parse(listed.stdout)).toMatchObject({ apiVersion: 1, rests: null })
    expect(JSON.parse(tried.stdout)).toMatchObject({
      decisions: [{ rule: 'mine', action: 'promote_task', tasks: [4, 5], reason: 'jobs.waiting > 7 holds' }],
    })
    expect([listed.code, tried.code, explained.code]).toEqual([0, 0, 3])
    expect(explained.stderr).toContain('there is no rule "nobodys"')
  })

  it('are checked with the configuration: file, line, key and what was meant', async () => {
    const other = join(place.dir, 'other.toml')
    await writeFile(other, config.replace('jobs.waiting', 'jobs.waitng'), { mode: 0o600 })
    const { code, stderr } = await jrctl(place, ['config', 'check', '--config', other])
    expect(stderr).toMatch(/other\.toml:8:8 rules\."mine"\.when: found "waitng".*did you mean "waiting"\?/)
    expect(code).toBe(2)
  })
})
