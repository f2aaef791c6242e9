import { deadLetterPage } from './dead-letter/page.ts'
import type { Page, PageKind } from './page.ts'
import { logLinePage } from './log_line/page.ts'
import { taskPage } from './task/page.ts'
import { troublesPage } from './troubles/page.ts'

export const pages: Record<PageKind, Page> = {
  task: taskPage,
  log_line: logLinePage,
  dead_letter: deadLetterPage,
  troubles: troublesPage,
}
