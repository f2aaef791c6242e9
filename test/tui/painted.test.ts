import { describe, expect, it } from 'vitest'
import { latestFrame } from '../../tui/painted.ts'
import type { AppState } from '../../tui/state.ts'
import { createTheme } from '../../tui/theme.ts'
import { later, now, stateOf, statusView, wide } from './fixture.ts'

const theme = createTheme((_, text) => text)

/** What is seen of a state that is set anew. */
function seen(first: AppState) {
  let state = first
  const latest = latestFrame({ get: () => state }, theme)
  return (next: Partial<AppState> = {}) => {
    state = { ...state, ...next }
    return latest()
  }
}

describe('the latest frame', () => {
  it('is the same object as long as it looks the same, whatever the state has become', () => {
    const frameOf = seen(stateOf())
    const first = frameOf()
    expect(frameOf()).toBe(first)
    expect(frameOf({ now: later(900) })).toBe(first)
    expect(frameOf({ status: { view: statusView(), at: now } })).toBe(first)
  })

  it('is another one when a row, or the size, is', () => {
    const frameOf = seen(stateOf())
    const first = frameOf()
    const older = frameOf({ now: later(30_000) })
    expect(older.rows).not.toEqual(first.rows)
    expect(older.rows).toHaveLength(first.rows.length)
    expect(frameOf({ now })).toEqual(first)
    expect(frameOf({ size: wide })).toMatchObject({ columns: wide.columns })
  })
})
