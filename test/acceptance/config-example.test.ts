import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { type Place, jrctl, temporaryPlace } from '../support/jrctl.ts'

let place: Place

beforeEach(async () => {
  place = await temporaryPlace()
})
afterEach(() => place.remove())

it('a configuration can be begun from what the executable prints, even over a broken one', async () => {
  const path = join(place.dir, 'jrctl.toml')
  await writeFile(path, '[queue\n')
  const example = await jrctl(place, ['config', 'example'])
  expect(example).toMatchObject({ code: 0, stderr: '' })
  expect(example.stdout).toMatch(/^\[queue\]$/m)
  await writeFile(path, example.stdout)
  expect(await jrctl(place, ['config', 'check'])).toMatchObject({
    code: 0,
    stdout: expect.stringContaining(': valid, workers '),
  })
})
