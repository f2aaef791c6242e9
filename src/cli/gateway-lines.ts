import type { GatewayView } from '../domain/gateway-view.ts'
import { safe } from '../text/fit.ts'
import { count } from '../text/format.ts'
import type { Output } from './output.ts'

/** The gateway on one line; nothing where there is none, or from a daemon that knows of none. */
export function gatewayLines(gateway: GatewayView | undefined, heading: string, output: Output): string[] {
  if (gateway === undefined) return []
  const { url, upstreams, inFlight, maxInFlight, waiting } = gateway
  const simulated = upstreams.filter(({ kind }) => kind === 'simulated').length
  const parts = [
    url === null ? output.style('red', 'not open') : safe(url),
    count(upstreams.length, 'upstream'),
    ...(simulated === 0 ? [] : [output.style('yellow', simulatedText(simulated, upstreams.length))]),
    `${inFlight}/${maxInFlight} in flight`,
    ...(waiting === 0 ? [] : [`${waiting} waiting`]),
  ]
  return [heading + parts.join(' · ')]
}

function simulatedText(simulated: number, all: number): string {
  if (simulated === all) return 'simulated: no model is asked'
  return `${simulated} of them simulated`
}
