import { expect, it } from 'vitest'
import { capacityLines } from '../../src/cli/capacity-lines.ts'
import type { CapacityView } from '../../src/contract/views.ts'
import { waitText } from '../../src/text/wait.ts'
import { fakeCli } from './fake-cli.ts'

const idle: CapacityView = {
  mode: 'lend',
  unit: 'request',
  wholePerMinute: 200,
  ratePerMinute: 200,
  common: { tokens: 312.34, burst: 400 },
  waiting: 0,
  inFlight: 0,
  untracked: { waiting: 0, inFlight: 0 },
}
const lineOf = (view: Partial<CapacityView>) =>
  capacityLines({ ...idle, ...view }, 'Capacity  ', fakeCli().output)

it.each<[Partial<CapacityView>, string]>([
  [{}, 'lend · 200 requests a minute · 312.3 of 400 in the bucket'],
  [{ mode: 'strict', common: null }, 'strict · 200 requests a minute'],
  [{ ratePerMinute: 50 }, 'lend · 50 of 200 requests a minute here · 312.3 of 400 in the bucket'],
  [
    { unit: 'token', common: { tokens: -5, burst: 400 }, inFlight: 3, waiting: 2 },
    'lend · 200 tokens a minute · -5 of 400 in the bucket · 3 in flight · 2 waiting',
  ],
  [
    { common: null, waiting: 2, untracked: { waiting: 1, inFlight: 0 } },
    'lend · 200 requests a minute · 2 waiting · 1 of them untracked',
  ],
])('tells of %j in one line', (view, line) => {
  expect(lineOf(view)).toEqual([`Capacity  ${line}`])
})

it('tells nothing of an older daemon', () => {
  expect(capacityLines(undefined, 'Capacity  ', fakeCli().output)).toEqual([])
})

it.each([
  [{}, '–'],
  [{ waiting: 0, waitMs: null }, '–'],
  [{ waiting: 3, waitMs: null }, '3'],
  [{ waiting: 3, waitMs: 12_300 }, '3, 12 s'],
])('writes who waits, %j, as %s', (position, text) => {
  expect(waitText(position)).toBe(text)
})
