import type { GatewayView, UpstreamView } from '../domain/gateway-view.ts'
import type { GatewayFigures } from './figures.ts'
import type { Route } from './upstream-set.ts'

/** What there is to see of the gateway, now. */
export function gatewayView(
  url: string | null,
  waiting: number,
  routes: readonly Route[],
  figures: GatewayFigures,
): GatewayView {
  const upstreams = routes.map(upstreamView)
  return {
    url,
    waiting,
    inFlight: sumOf(upstreams.map(({ inFlight }) => inFlight)),
    maxInFlight: sumOf(upstreams.map(({ maxInFlight }) => maxInFlight)),
    waitedMs: figures.waits(),
    requests: structuredClone(figures.requests),
    refused: { ...figures.refused },
    upstreams,
  }
}

function upstreamView({ policy, tally, inFlight }: Route): UpstreamView {
  const { name, kind, dialects, models, maxInFlight } = policy
  return { name, kind, dialects, models, inFlight, maxInFlight, ...tally }
}

function sumOf(numbers: readonly number[]): number {
  return numbers.reduce((sum, number) => sum + number, 0)
}
