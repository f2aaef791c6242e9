import { pages } from '../support/page.ts'
import { describePage } from '../support/describe-page.ts'

for (const page of pages()) if (page.setting === 'alone') describePage(page)
