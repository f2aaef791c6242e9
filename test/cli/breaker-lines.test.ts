import { expect, test } from 'vitest'
import { breakerLines } from '../../src/cli/breaker-lines.ts'
import type { FleetBreakerView } from '../../src/domain/breaker-view.ts'
import { closedFleetBreaker } from '../api/daemon-services.ts'
import { fakeCli } from './fake-cli.ts'

const linesOf = (view: Partial<FleetBreakerView>): string[] =>
  breakerLines({ ...closedFleetBreaker, ...view }, 'Breaker   ', fakeCli().output)

test('a breaker that nothing has happened to, or that an older daemon does not know, takes no line', () => {
  expect(linesOf({})).toEqual([])
  expect(breakerLines(undefined, '', fakeCli().output)).toEqual([])
})

test.each([
  [{ count: 3 }, 'Breaker   closed · 3 of 50 restarts after failures in 1 h 00 min'],
  [{ state: 'open', reason: '50 restarts in 34 min' }, 'Breaker   open · 50 restarts in 34 min'],
  [{ state: 'half_open', reason: 'A Jr. is\u001b[31m probing' }, 'Breaker   half open · A Jr. is␛ probing'],
] as const)('%j', (view, line) => {
  expect(linesOf(view)).toEqual([line])
})
