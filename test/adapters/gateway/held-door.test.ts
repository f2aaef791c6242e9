import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { afterEach, expect, it } from 'vitest'
import { type HeldDoor, holdDoor } from '../../../src/gateway/intake/held-door.ts'
import { rawConnection, rawRequest } from '../../support/llm/raw-connection.ts'
import { type ServeOptions, type Served, serve } from './serve.ts'

const opened: Served[] = []
afterEach(async () => {
  await Promise.all(opened.splice(0).map((served) => served.close()))
})

async function start(options?: ServeOptions): Promise<Served> {
  const served = await serve(options)
  opened.push(served)
  return served
}

async function held(url: string): Promise<HeldDoor> {
  const door = await holdDoor(url)
  if (door === null) throw new Error('the door is not held')
  return door
}

it('who connects while one gateway has gone and the next is not there waits, and is answered', async () => {
  const first = await start()
  const { url } = first
  const door = await held(url)
  await first.gateway.stop(0)
  const clients = await Promise.all(
    Array.from({ length: 20 }, () =>
      rawConnection(url, rawRequest('GET /', { headers: ['Connection: close'] })),
    ),
  )
  const next = await start({ held: door, keptPort: door.port })
  expect(next.url).toBe(url)
  expect(next.gateway.complaints()).toEqual([])
  const answers = await Promise.all(clients.map(({ closed }) => closed))
  expect(answers.every((answer) => answer.startsWith('HTTP/1.1 200 OK'))).toBe(true)
  expect((await fetch(url)).status).toBe(200)
  door.close()
  expect((await fetch(url)).status).toBe(200)
})

it('who waits is let go when no gateway comes', async () => {
  const first = await start()
  const door = await held(first.url)
  await first.gateway.stop(0)
  const client = await rawConnection(first.url)
  door.close()
  expect(await client.closed).toBe('')
  await expect(fetch(first.url)).rejects.toThrow()
})

it('a port that another program has is not shared, nor does a gateway share one that is held', async () => {
  const other = createServer()
  await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve))
  const { port } = other.address() as AddressInfo
  expect(await holdDoor(`http://127.0.0.1:${port}`)).toBeNull()
  await new Promise((resolve) => other.close(resolve))

  const first = await start()
  const second = await start({ listen: { host: '127.0.0.1', port: Number(new URL(first.url).port) } })
  expect(second.gateway.complaints()[0]).toContain('another program has it')
})
