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
