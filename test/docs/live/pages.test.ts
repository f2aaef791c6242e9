import { afterAll, beforeAll, describe } from 'vitest'
import { describePage } from '../support/describe-page.ts'
import { openHome, type PageHome } from '../support/page-home.ts'
import { pages, type Setting } from '../support/page.ts'

// Beside alone.test.ts, so that both cores are at work.
const inSetting = (setting: Setting) =>
  pages().filter((page) => page.setting === setting && page.blocks.length > 0)

for (const page of inSetting('fleet')) describePage(page)

describe('guests of one fleet', () => {
  let home: PageHome | null = null
  beforeAll(async () => {
    home = await openHome({ setting: 'shared' })
  })
  afterAll(() => home?.end())
  for (const page of inSetting('shared')) describePage(page, () => home)
})
