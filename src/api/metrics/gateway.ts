import type { GatewayView, UpstreamView } from '../../domain/gateway-view.ts'
import { counter, type Family, gauge, type Series, series, summary } from './family.ts'
import { quantiles } from './quantiles.ts'

/** The gateway between workers and the LLM. */
export function gatewayFamilies(view: GatewayView): Family[] {
  const { requests, refused, upstreams } = view
  const each = (value: (upstream: UpstreamView) => number): Series[] =>
    upstreams.flatMap((upstream) => series(value(upstream), { upstream: upstream.name }))
  return [
    gauge('jrctl_gateway_waiting_requests', 'Requests that wait for capacity.', view.waiting),
    gauge('jrctl_gateway_in_flight_requests', 'Requests that are with an upstream.', view.inFlight),
    gauge(
      'jrctl_gateway_in_flight_limit',
      'What all upstreams together may have at a time.',
      view.maxInFlight,
    ),
    summary(
      'jrctl_gateway_wait_seconds',
      'How long the last 1,000 requests that were admitted had waited.',
      quantiles(view.waitedMs),
    ),
    counter(
      'jrctl_gateway_requests',
      'Requests by endpoint and by how they ended.',
      Object.entries(requests).flatMap(([endpoint, outcomes]) =>
        Object.entries(outcomes).flatMap(([outcome, count]) => series(count, { endpoint, outcome })),
      ),
    ),
    counter(
      'jrctl_gateway_refused',
      'Requests that the gateway answered itself, by reason.',
      Object.entries(refused).flatMap(([reason, count]) => series(count, { reason })),
    ),
    gauge(
      'jrctl_upstream_in_flight_requests',
      'Requests that an upstream is at.',
      each(({ inFlight }) => inFlight),
    ),
    counter(
      'jrctl_upstream_requests',
      'Requests that an upstream was asked.',
      each((one) => one.requests),
    ),
    counter(
      'jrctl_upstream_failures',
      'Those that it did not answer to the end.',
      each(({ failures }) => failures),
    ),
    counter(
      'jrctl_upstream_tokens',
      'Tokens of an upstream, as it reports them.',
      upstreams.flatMap(({ name, inputTokens, outputTokens }) =>
        series(inputTokens, { upstream: name, direction: 'input' }).concat(
          series(outputTokens, { upstream: name, direction: 'output' }),
        ),
      ),
    ),
    gauge(
      'jrctl_upstream_up',
      'Whether its last word was none of trouble.',
      each(({ unreachable }) => (unreachable === null ? 1 : 0)),
    ),
  ]
}
