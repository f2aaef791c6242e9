import { renderToString } from 'ink'
import { beforeAll, describe, expect, it, vi } from 'vitest'
import { prepareWidths, widthOf } from '../../src/text/fit.ts'
import { Frame } from '../../tui/app.tsx'
import type { AppState, Size } from '../../tui/state.ts'
import { createTheme } from '../../tui/theme.ts'
import { small, wide } from './fixture.ts'

/** What a terminal without colours shows. */
export function frame(state: AppState): string {
  const theme = createTheme((_, text) => text)
  return renderToString(<Frame state={state} theme={theme} />, { columns: state.size.columns })
}

/** The frame of each scene is kept by its name; it fits any terminal, and nothing from outside is obeyed. */
export function framesOf(scenes: Record<string, (size: Size) => AppState>): void {
  beforeAll(async () => {
    vi.stubEnv('TZ', 'UTC')
    await prepareWidths(['日本'])
  })

  describe.each(Object.entries(scenes))('%s', (name, scene) => {
    it.each([small, wide])('at $columns × $rows', async (size) => {
      const file = `frames/${name}-${size.columns}x${size.rows}.txt`
      await expect(`${frame(scene(size))}\n`).toMatchFileSnapshot(file)
    })

    it.each([
      [40, 10],
      [40, 24],
      [63, 17],
      [100, 12],
      [150, 50],
    ])('fills %i × %i and never more', (columns, rows) => {
      const text = frame(scene({ columns, rows }))
      const lines = text.split('\n')
      expect(lines).toHaveLength(rows)
      for (const line of lines) expect(widthOf(line)).toBeLessThanOrEqual(columns)
      expect(text.replaceAll('\n', '')).not.toMatch(/\p{Cc}|\u202E/u)
    })
  })
}
