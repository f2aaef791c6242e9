import { afterAll, beforeAll, expect, it } from 'vitest'
import { get, post, raw } from './raw.ts'
import { fakeServices } from './daemon-services.ts'
import { allDoors, portOf, serve, token, type Served } from './served.ts'

let served: Served
beforeAll(async () => {
  served = await serve({}, fakeServices(), allDoors())
})
afterAll(() => served.stop())

const ask = async (request: string) => {
  const { status, text } = await raw(portOf(served), request.replace('Host: x', 'Host: localhost'))
  const body = text.slice(text.indexOf('{'), text.lastIndexOf('}') + 1)
  return { status, body: JSON.parse(body) as Record<string, unknown> }
}
const bearer = [`Authorization: Bearer ${token}`]

it('answers in the envelopes that dashboards of such fleets know', async () => {
  const snapshot = await ask(get('/orchestrator/snapshot'))
  expect(Object.keys(snapshot.body)).toEqual(['status', 'snapshot'])
  expect(snapshot.body).toMatchObject({ status: 'ok', snapshot: { jobs: {}, system: {} } })
  const ran = await ask(post('/orchestrator/run-once', '', bearer))
  expect(ran.body).toEqual({
    status: 'ok',
    result: {
      snapshot: expect.objectContaining({ version: 1 }) as unknown,
      decision: { actions: expect.any(Array) as unknown, verdicts: expect.any(Array) as unknown },
      execution: { succeeded: 0, failed: 0, results: expect.any(Array) as unknown },
      timestamp: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/) as unknown,
    },
  })
  expect((await ask(post('/orchestrator/enable', '', bearer))).body).toEqual({
    status: 'ok',
    orchestrator: { status: 'started', interval_seconds: 2, enabled: true },
  })
  expect((await ask(get('/orchestrator/status'))).body).toEqual({ status: 'ok', running: true })
  expect((await ask(post('/orchestrator/disable', '', bearer))).body).toEqual({
    status: 'ok',
    orchestrator: { status: 'stopped' },
  })
  expect((await ask(get('/orchestrator/status'))).body).toEqual({ status: 'ok', running: false })
})

it.each(['run-once', 'enable', 'disable'])('%s needs the token over TCP', async (what) => {
  expect((await ask(post(`/orchestrator/${what}`, ''))).status).toBe(401)
})

it('is ready when work gets done, and says why not', async () => {
  expect((await ask(get('/readyz'))).body).toEqual({ apiVersion: 1, ready: true })
  const status = await served.services.status()
  served.services.status = async () => ({
    ...status,
    daemon: { ...status.daemon, phase: 'stopping' },
    database: { ...status.database, state: 'down' },
  })
  const refused = await ask(get('/readyz'))
  expect(refused.status).toBe(503)
  expect(refused.body).toMatchObject({
    error: { code: 'daemon.not_ready', message: 'Not ready: the daemon is stopping, the database is away' },
  })
  expect((await ask(get('/healthz'))).status).toBe(200)
})
