import { afterAll, beforeAll, expect, it } from 'vitest'
import { OperationalError } from '../../src/errors.ts'
import { get, raw } from './raw.ts'
import { serve, type Served } from './served.ts'

let served: Served
beforeAll(async () => {
  served = await serve()
})
afterAll(() => served.stop())

it('answers the figures over the socket, also while the database is away', async () => {
  served.services.queue.failure = new OperationalError('away', { code: 'db.unreachable', retryable: true })
  const view = await served.client.call('metrics', {})
  expect(view.agents.map(({ name }) => name)).toEqual(['a_jr'])
  expect(view.system.memory.heapPercent).toBe(1)
})

it('answers any client in JSON', async () => {
  const { status, text } = await raw(served.socketPath, get('/v1/metrics', ['Accept: */*']))
  expect(status).toBe(200)
  expect(text).toContain('"deadLetterQueue":[]')
})

it('tells what was asked of the API itself, by routes and never by paths', async () => {
  const one = await serve()
  for (const path of ['/healthz', '/healthz', '/v1/tasks/x', '/etc/passwd'])
    await raw(one.socketPath, get(path))
  const { api } = await one.client.call('metrics', {})
  expect(api).toEqual({
    requests: { 'GET /healthz': { '2xx': 2 }, 'GET /v1/tasks/:id': { '4xx': 1 }, other: { '4xx': 1 } },
    // This very question.
    inFlight: 1,
    refused: { 'request.invalid': 1, 'route.not_found': 1 },
  })
  const { text } = await raw(one.socketPath, get('/metrics', ['Accept: text/plain']))
  expect(text).toContain('jrctl_api_requests_total{route="GET /healthz",result="2xx"} 2')
  expect(text).toContain('jrctl_api_refused_requests_total{code="request.invalid"} 1')
  expect(text).toContain('jrctl_api_in_flight_requests 1')
  await one.stop()
})
