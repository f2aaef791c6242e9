import { existsSync, statSync } from 'node:fs'
import { appendFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { jrctl, start, temporaryPlace, type Place } from '../support/jrctl.ts'

/** What a newcomer asks before anything runs. */
describe('a place where no daemon has ever run', () => {
  let place: Place
  let state: string
  beforeAll(async () => {
    place = await temporaryPlace()
    state = join(place.dir, 'not', 'yet')
    const config = join(place.dir, 'jrctl.toml')
    await writeFile(config, `state_dir = ${JSON.stringify(state)}\n[queue]\nembedded = true\n`)
    const { DATABASE_URL: _, ...env } = place.env
    place = { ...place, env }
  })
  afterAll(() => place.remove())

  it('is looked over by the doctor: its disk, and in words the database that is not there yet', async () => {
    const { code, stdout } = await jrctl(place, ['doctor'])
    expect(code).toBe(69)
    expect(stdout).toMatch(/database\.reachable +the embedded database of \S+ is not there yet$/m)
    expect(stdout).toMatch(/machine\.disk .* are free for /)
    expect(existsSync(state)).toBe(false)
  })

  it('has no ledger to verify, and says so', async () => {
    const { code, stderr } = await jrctl(place, ['ledger', 'verify'])
    expect(code).toBe(3)
    expect(stderr).toContain(`There is no file ${join(state, 'state.sqlite')}`)
    expect(existsSync(state)).toBe(false)
  })

  it('gets no database by asking what migrate would do', async () => {
    const { code, stdout } = await jrctl(place, ['migrate', '--plan'])
    expect([code, stdout]).toEqual([0, expect.stringMatching(/^-- There is no database yet: jrctl migrate/)])
    expect(existsSync(state)).toBe(false)
  })

  it('may have its database made by migrate: the first daemon finds all of it for its owner alone', async () => {
    expect(await jrctl(place, ['migrate'])).toMatchObject({ code: 0 })
    expect(statSync(state).mode & 0o777).toBe(0o700)
    const worker = '[[workers]]\nname = "First Jr."\ncommand = ["sleep", "100"]\n'
    await appendFile(join(place.dir, 'jrctl.toml'), worker)
    const daemon = start(place, ['daemon'])
    await daemon.said(/ runs, pid/)
    daemon.child.kill('SIGTERM')
    expect(await daemon.exited).toBe(0)
  })
})
