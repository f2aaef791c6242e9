import { readFileSync } from 'node:fs'
import { beforeAll, expect, it, vi } from 'vitest'
import { prepareWidths } from '../../src/text/fit.ts'
import { screenNames } from '../../tui/state.ts'
import { pictured, withPictures } from './pictures/pictures.ts'

beforeAll(async () => {
  vi.stubEnv('TZ', 'UTC')
  await prepareWidths(['日本'])
})

it.each(Object.entries(pictured))('shows in %s each screen as it is drawn now', (path, names) => {
  const page = readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8')
  expect(page, 'node test/tui/pictures/write.ts draws them anew').toBe(withPictures(page, names))
})

it('has each screen on a page', () => {
  expect(Object.values(pictured).flat().sort()).toEqual([...screenNames].sort())
})

it('finds a screen that a page has no place for', () => {
  const page = '<!-- top:positions -->\n<!-- /top:positions -->'
  expect(() => withPictures(page, ['positions', 'workers'])).toThrow('no place for a picture of Workers')
})
