import { readFileSync } from 'node:fs'
import { beforeAll, expect, it, vi } from 'vitest'
import { prepareWidths } from '../../src/text/fit.ts'
import { withPictures } from './pictures/pictures.ts'

beforeAll(async () => {
  vi.stubEnv('TZ', 'UTC')
  await prepareWidths(['日本'])
})

it('shows in the README each screen as it is drawn now', () => {
  const readme = readFileSync(new URL('../../README.md', import.meta.url), 'utf8')
  expect(readme, 'node test/tui/pictures/write.ts draws them anew').toBe(withPictures(readme))
})

it('finds a screen that the README has no place for', () => {
  expect(() => withPictures('<!-- top:positions -->\n<!-- /top:positions -->')).toThrow(
    'no place for a picture of Workers',
  )
})
