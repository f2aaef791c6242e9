import type { CapacityView } from '../contract/views.ts'
import { number } from '../text/format.ts'
import type { Output } from './output.ts'

/** What this node has to give, in one line; none from an older daemon. */
export function capacityLines(view: CapacityView | undefined, heading: string, output: Output): string[] {
  if (view === undefined) return []
  const { mode, unit, wholePerMinute, ratePerMinute, common, waiting, inFlight, untracked } = view
  const rate = `${number(wholePerMinute)} ${unit}s a minute`
  const isPart = ratePerMinute < wholePerMinute && mode === 'lend'
  return [
    heading +
      [
        mode,
        isPart ? `${number(ratePerMinute)} of ${rate} here` : rate,
        ...(common === null ? [] : [`${number(common.tokens)} of ${number(common.burst)} in the bucket`]),
        ...(inFlight === 0 ? [] : [`${number(inFlight)} in flight`]),
        ...(waiting === 0 ? [] : [output.style('yellow', `${number(waiting)} waiting`)]),
        ...(untracked.waiting === 0 ? [] : [`${number(untracked.waiting)} of them untracked`]),
      ].join(' · '),
  ]
}
