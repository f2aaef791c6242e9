import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { createClient } from '../../src/client/client.ts'
import { fakeClock } from '../fakes/clock.ts'

test('who waits for a daemon that says nothing is told so after a second, and how long it may take', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'jrctl-client-'))
  const socketPath = join(folder, 's')
  const asked = Promise.withResolvers<void>()
  const server = createServer((socket) => {
    socket.on('error', () => {}).on('data', () => asked.resolve())
  }).listen(socketPath)
  const clock = fakeClock()
  const told: [string, number][] = []
  const client = createClient({ socketPath, actor: 'test', clock, onWaiting: (...what) => told.push(what) })
  const answer = client.call('status', {}).catch((error: unknown) => error)
  await asked.promise
  await clock.advance(999)
  expect(told).toEqual([])
  await clock.advance(1)
  expect(told).toEqual([[socketPath, 35_000]])
  await clock.advance(60_000)
  expect(await answer).toMatchObject({ code: 'daemon.timeout' })
  expect(told).toHaveLength(1)
  // On the bus it is somebody else who takes so long, until the time is over.
  const asking = client.call('requestBus', { topic: 'a', data: 1, timeout_ms: 9_000 }).catch(() => {})
  await clock.advance(9_999)
  expect(told).toHaveLength(1)
  await clock.advance(1)
  expect(told).toHaveLength(2)
  await clock.advance(80_000)
  await asking
  expect(clock.pending).toBe(0)
  server.close()
  rmSync(folder, { recursive: true })
})
