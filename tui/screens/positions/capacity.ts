import type { CapacityView } from '../../../src/contract/views.ts'
import type { GatewayView, UpstreamView } from '../../../src/domain/gateway-view.ts'
import { safe } from '../../../src/text/fit.ts'
import { brief, count, number } from '../../../src/text/format.ts'
import { gauge } from '../../components/bars.ts'
import { heading, headingCells } from '../../components/heading.ts'
import { type Line, type Span, whole } from '../../line.ts'
import type { AppState } from '../../state.ts'

const gaugeCells = 16

/** What there is to give, and what of it is there now. */
export function capacityLine(capacity: CapacityView, { size, drawing }: AppState): Line {
  const { mode, unit, wholePerMinute, ratePerMinute, common, waiting, inFlight, untracked } = capacity
  const drawn = common === null ? '' : gauge(common.tokens / Math.max(1, common.burst), gaugeCells, drawing)
  const isPart = mode === 'lend' && ratePerMinute < wholePerMinute
  const facts: Span[] = [
    common === null
      ? 'strict: to each its own'
      : `${number(common.tokens)} of ${number(common.burst)} ${unit}s`,
    isPart
      ? `${number(ratePerMinute)} of ${number(wholePerMinute)}/min here`
      : `${number(wholePerMinute)}/min`,
    waiting === 0 ? '' : { text: `${number(waiting)} wait`, role: 'warn' },
    inFlight === 0 ? '' : `${number(inFlight)} in flight`,
    untracked.inFlight + untracked.waiting === 0 ? '' : `${untracked.inFlight + untracked.waiting} untracked`,
  ]
  const shown: Line = drawn === '' ? [] : [{ text: drawn, role: 'accent' }, '  ']
  const room = size.columns - headingCells - (drawn === '' ? 0 : drawn.length + 2)
  return [heading('Capacity'), ...shown, ...whole(facts, ' · ', room)]
}

/** The way to the LLM: how much it is asked, and which upstream has how much of it. */
export function gatewayLine(gateway: GatewayView, { size }: AppState): Line {
  const { url, upstreams, inFlight, maxInFlight, waitedMs, lastMinute } = gateway
  const facts: Span[] = [
    url === null ? { text: 'not open', role: 'bad' } : '',
    ...upstreams.map(upstreamFact),
    lastMinute === undefined ? '' : `${count(lastMinute, 'request')} a minute`,
    waitedMs === null ? '' : `waits p95 ${brief(waitedMs.p95)}`,
    upstreams.length === 1 ? '' : `${inFlight} of ${maxInFlight} in flight`,
  ]
  return [heading('Gateway'), ...whole(facts, ' · ', size.columns - headingCells, '')]
}

function upstreamFact({ name, kind, inFlight, maxInFlight, unreachable }: UpstreamView): Span {
  const text = `${safe(name)} ${inFlight}/${maxInFlight}`
  if (unreachable !== null) return { text: `${text} out of reach`, role: 'bad' }
  // What is made up is plainly labelled wherever it shows.
  if (kind !== 'simulated') return text
  return { text: name.includes('simulated') ? text : `${text} simulated`, role: 'warn' }
}
