import { afterAll, beforeAll, expect, it } from 'vitest'
import { jrctl, temporaryPlace, type Place } from '../../support/jrctl.ts'
import { pages } from '../support/page.ts'
import { optionsOf } from '../support/spoken-options.ts'

/** What no test can run here speaks at least of commands and options that there are. */
let place: Place
beforeAll(async () => {
  place = await temporaryPlace()
})
afterAll(() => place.remove())

const skipped = pages().flatMap(({ name, blocks }) =>
  blocks
    .filter(({ marks }) => marks.skip !== null)
    .flatMap(({ text, line }) =>
      optionsOf(text).map(({ command, options }) => [`${name}:${line}`, command, options] as const),
    ),
)

it.each(skipped)('%s: jrctl %s has %j', async (_, command, options) => {
  const { code, stdout } = await jrctl(place, [command, '--help'])
  expect(code).toBe(0)
  expect(options.filter((option) => !stdout.includes(`${option} `))).toEqual([])
})
