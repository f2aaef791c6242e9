import type { GatewayView, UpstreamView } from '../domain/gateway-view.ts'
import type { GatewayFigures } from './figures.ts'
import type { Route, UpstreamSet } from './upstream-set.ts'

/** What there is to see of the gateway, now. */
export function gatewayView(
  url: string | null,
  waiting: number,
  upstreams: Pick<UpstreamSet, 'routes' | 'trouble'>,
  figures: GatewayFigures,
): GatewayView {
  const views = upstreams.routes.map((route) => upstreamView(route, upstreams.trouble(route)))
  return {
    url,
    waiting,
    inFlight: sumOf(views.map(({ inFlight }) => inFlight)),
    maxInFlight: sumOf(views.map(({ maxInFlight }) => maxInFlight)),
    waitedMs: figures.waits(),
    lastMinute: figures.lastMinute(),
    requests: structuredClone(figures.requests),
    refused: { ...figures.refused },
    upstreams: views,
  }
}

function upstreamView({ policy, tally, inFlight }: Route, unreachable: string | null): UpstreamView {
  const { name, kind, dialects, models, maxInFlight } = policy
  const { requests, failures, inputTokens, outputTokens } = tally
  const counts = { inFlight, maxInFlight, requests, failures, inputTokens, outputTokens }
  return { name, kind, dialects, models, ...counts, unreachable }
}

function sumOf(numbers: readonly number[]): number {
  return numbers.reduce((sum, number) => sum + number, 0)
}
