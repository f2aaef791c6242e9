import type { GatewayView, UpstreamView } from '../domain/gateway-view.ts'
import { safe } from '../text/fit.ts'
import { count, duration, number } from '../text/format.ts'
import type { Output } from './output.ts'
import { type CellText, type Column, tableLines } from './table.ts'

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

const upstreamColumns: Column[] = [
  { title: 'UPSTREAM', flexible: true },
  { title: 'IN FLIGHT', align: 'right' },
  { title: 'REQUESTS', align: 'right' },
  { title: 'FAILED', align: 'right' },
  { title: 'TOKENS IN', align: 'right' },
  { title: 'OUT', align: 'right' },
]

/** What the gateway has done since the daemon's start; nothing where there is none. */
export function gatewayFigureLines(gateway: GatewayView | undefined, output: Output): string[] {
  if (gateway === undefined) return []
  const outcomes = Object.values(gateway.requests)
  const requests = sumOf(outcomes.flatMap((counts) => Object.values(counts)))
  const left = sumOf(outcomes.map((counts) => counts['gone'] ?? 0))
  const refused = Object.entries(gateway.refused).map(([reason, times]) => `${times} ${safe(reason)}`)
  const { waitedMs } = gateway
  const parts = [
    count(requests, 'request'),
    ...(refused.length === 0 ? [] : [`refused: ${refused.join(', ')}`]),
    ...(left === 0 ? [] : [`${left} left before their answer`]),
    ...(waitedMs === null ? [] : [`waits p50 ${duration(waitedMs.p50)}, p95 ${duration(waitedMs.p95)}`]),
  ]
  return [
    '',
    `${output.style('bold', 'Gateway')}  ${parts.join(' · ')}`,
    ...tableLines(upstreamColumns, gateway.upstreams.map(upstreamRow), output),
  ]
}

function upstreamRow(upstream: UpstreamView): CellText[] {
  const { name, kind, unreachable, inFlight, maxInFlight, requests, failures } = upstream
  const state = kind === 'simulated' ? ' (simulated)' : unreachable === null ? '' : ' (unreachable)'
  return [
    `${safe(name)}${state}`,
    `${inFlight}/${maxInFlight}`,
    String(requests),
    failures === 0 ? '0' : { text: String(failures), style: 'yellow' },
    number(upstream.inputTokens),
    number(upstream.outputTokens),
  ]
}

function sumOf(numbers: readonly number[]): number {
  return numbers.reduce((sum, one) => sum + one, 0)
}
