import { expect, test } from 'vitest'
import { gatewayFigureLines, gatewayLines } from '../../src/cli/gateway-lines.ts'
import type { GatewayView } from '../../src/domain/gateway-view.ts'
import { aGatewayView, anUpstreamView } from '../support/gateway-view.ts'
import { fakeCli } from './fake-cli.ts'

const upstream = anUpstreamView({ outputTokens: 56, unreachable: 'upstream vllm is away' })
const view = aGatewayView({
  requests: { chat: { '2xx': 10, gone: 2 }, none: { '4xx': 1 } },
  upstreams: [upstream],
})

const { output } = fakeCli({ columns: 80 })
const headed = (more: Partial<GatewayView>) => gatewayLines({ ...view, ...more }, 'Gateway   ', output)

test('`status` has it on one line, and none without it', () => {
  expect(headed({})).toEqual(['Gateway   http://127.0.0.1:8787 · 1 upstream · 12/64 in flight · 3 waiting'])
  expect(headed({ url: null, waiting: 0 })).toEqual(['Gateway   not open · 1 upstream · 12/64 in flight'])
  expect(gatewayLines(undefined, 'Gateway   ', output)).toEqual([])
})

test('a simulated upstream is never taken for a real one', () => {
  const simulated = { ...upstream, kind: 'simulated' as const }
  expect(headed({ upstreams: [simulated] })[0]).toContain('simulated: no model is asked')
  expect(headed({ upstreams: [simulated, ...view.upstreams] })[0]).toContain('1 of them simulated')
  expect(gatewayFigureLines({ ...view, upstreams: [simulated] }, output).join()).toContain('vllm (simulated)')
})

test('`metrics` has what it did', () => {
  expect(gatewayFigureLines(view, output)).toEqual([
    '',
    'Gateway  13 requests · refused: 1 not_found · 2 left before their answer · waits p50 4 ms, p95 1 s',
    '  UPSTREAM            IN FLIGHT  REQUESTS  FAILED  TOKENS IN  OUT',
    '  vllm (unreachable)      12/64        12       1      1,234   56',
  ])
  expect(gatewayFigureLines(undefined, output)).toEqual([])
})
