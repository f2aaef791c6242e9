import { deadLetterPage } from './dead-letter/page.ts'
import { decisionPage } from './decision/page.ts'
import { dryRunPage } from './dry-run/page.ts'
import { entryPage } from './entry/page.ts'
import { logLinePage } from './log_line/page.ts'
import type { Page, PageKind } from './page.ts'
import { rulesPage } from './rules/page.ts'
import { taskPage } from './task/page.ts'
import { workerPage } from './worker/page.ts'
import { troublesPage } from './troubles/page.ts'
import { verdictPage } from './verdict/page.ts'

export const pages: Record<PageKind, Page> = {
  task: taskPage,
  worker: workerPage,
  decision: decisionPage,
  rules: rulesPage,
  dry_run: dryRunPage,
  entry: entryPage,
  verdict: verdictPage,
  dead_letter: deadLetterPage,
  log_line: logLinePage,
  troubles: troublesPage,
}
