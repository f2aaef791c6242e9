import type { GatewayView } from '../../src/domain/gateway-view.ts'

/** A gateway at work before one upstream, but for what the test says. */
export function aGatewayView(more: Partial<GatewayView> = {}): GatewayView {
  return {
    url: 'http://127.0.0.1:8787',
    waiting: 3,
    inFlight: 12,
    maxInFlight: 64,
    waitedMs: { p50: 4, p95: 1_200, p99: 5_000, avgDurationMs: 90 },
    requests: { chat: { '2xx': 4, gone: 2 } },
    refused: { not_found: 1 },
    upstreams: [anUpstreamView()],
    ...more,
  }
}

export function anUpstreamView(
  more: Partial<GatewayView['upstreams'][number]> = {},
): GatewayView['upstreams'][number] {
  return {
    name: 'vllm',
    kind: 'http',
    dialects: ['openai'],
    models: ['*'],
    inFlight: 12,
    maxInFlight: 64,
    requests: 12,
    failures: 1,
    inputTokens: 1_234,
    outputTokens: 70,
    unreachable: null,
    ...more,
  }
}
