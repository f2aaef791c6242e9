import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { projectDir } from './page.ts'

/** What stands as code in the first column of tables that begin with what one sees. */
export function seenTexts(page: string): string[] {
  const tables = page.split(/\n\n/).filter((part) => part.startsWith('| what you see |'))
  return tables.flatMap((table) =>
    table
      .split('\n')
      .slice(2)
      .flatMap((row) =>
        [...(row.split(' | ')[0] ?? '').matchAll(/`([^`]+)`/g)].map(([, words = '']) => words),
      ),
  )
}

/** All that the program could say. */
export function sourceText(): string {
  return globSync('{src,tui}/**/*.{ts,tsx}', { cwd: projectDir })
    .map((path) => readFileSync(join(projectDir, path), 'utf8'))
    .join('\n')
}
