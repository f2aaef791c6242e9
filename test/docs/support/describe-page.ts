import { afterAll, beforeAll, describe, it } from 'vitest'
import type { Block, Page } from './page.ts'
import type { PageHome } from './page-home.ts'
import { openPage, type PageRun } from './page-run.ts'
import { lacking } from './tools.ts'

/** Carries out a page, each of its examples a test, in their order. */
export function describePage(page: Page, guest: () => PageHome | null = () => null): void {
  describe(page.name, () => {
    let run: PageRun
    beforeAll(async () => {
      run = await openPage(page, guest())
    })
    afterAll(() => run.end())
    for (const block of page.blocks) {
      const reason = reasonToSkip(block)
      it.skipIf(reason !== null)(titleOf(block, reason), () => run.run(block))
    }
  })
}

/** Null: it is run. */
export function reasonToSkip({ marks }: Block): string | null {
  const missing = lacking(marks.needs)
  return marks.skip ?? (missing.length > 0 ? `no ${missing.join(', ')} here` : null)
}

function titleOf({ line, language, text }: Block, reason: string | null): string {
  const start = text.split('\n')[0]?.slice(0, 60) ?? ''
  return `line ${line}, ${language}: ${start}${reason === null ? '' : ` (skipped: ${reason})`}`
}
