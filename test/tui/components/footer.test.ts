import { describe, expect, it } from 'vitest'
import { footerLines } from '../../../tui/components/footer.ts'
import { frameLines } from '../../../tui/frame.ts'
import { lineWidth, plainText } from '../../../tui/line.ts'
import type { AppState } from '../../../tui/state.ts'
import { atWork } from '../at-work.ts'
import { play, stateOf } from '../fixture.ts'

const at = (columns: number): AppState => stateOf({ size: { columns, rows: 24 }, status: atWork() })
const texts = (state: AppState) => footerLines(state).map(plainText)

describe('the keys', () => {
  it('are told whole or not at all, the help always', () => {
    const all = texts(at(200)).at(-1)?.split('  ') ?? []
    expect(all.length).toBeGreaterThan(4)
    for (let columns = 40; columns <= 100; columns += 1) {
      const line = texts(at(columns)).at(-1) ?? ''
      expect(line.length).toBeLessThanOrEqual(columns)
      expect(line).toContain('? help')
      if (columns >= 60) expect(line).toContain('q quit')
      for (const hint of line.split('  ')) expect(all).toContain(hint)
    }
  })

  it('give way to a filter, of which the end is seen while it is typed', () => {
    expect(texts(play(at(80), '/', 'a', 'b').state).at(-1)).toBe('/ab▏  enter keeps it, esc drops it')
    const long = play(
      at(40),
      '/',
      ...Array.from({ length: 60 }, (_, index) => 'abcdefghij'.charAt(index % 10)),
    ).state
    const line = footerLines(long).at(-1) ?? []
    expect(plainText(line)).toMatch(/^….*hij▏$/)
    expect(lineWidth(line)).toBeLessThanOrEqual(40)
  })
})

describe('a question', () => {
  it('is shown to its last word at any width, with the command that does the same', () => {
    for (let columns = 40; columns <= 120; columns += 5) {
      const asked = play(at(columns), 'G', 'u').state
      const lines = texts(asked)
      for (const line of lines) expect(line.length).toBeLessThanOrEqual(columns)
      expect(lines.slice(0, -1).join(' ')).toBe(
        `${asked.question?.preview ?? ''} Same as: ${asked.question?.command ?? ''}`,
      )
      expect(lines.at(-1)).toBe('y yes  n no')
    }
  })

  it('leaves the keys where it needs the whole terminal', () => {
    const question = {
      ...play(at(40), 'u').state.question,
      preview: 'one two three '.repeat(60),
      command: 'x',
    }
    const asked = { ...stateOf({ size: { columns: 40, rows: 10 } }), question } as AppState
    const lines = frameLines(asked).map(plainText)
    expect(lines).toHaveLength(10)
    expect(lines.at(-1)).toBe('y yes  n no')
  })
})
