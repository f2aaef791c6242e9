import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import { createServer, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type Place, type Running, jrctl, start, temporaryPlace } from '../../support/jrctl.ts'

let place: Place
let upstream: Server
const daemons: Running[] = []

/** Streams begin and wait; anything else is answered at once. */
beforeAll(async () => {
  upstream = createServer((request, response) => {
    let body = ''
    request.on('data', (chunk: Buffer) => (body += chunk.toString()))
    request.on('end', () => {
      if (!body.includes('"stream":true')) {
        response.end('{}')
        return
      }
      response.writeHead(200, { 'content-type': 'text/event-stream' }).write('data: {"part":1}\n\n')
      upstream.emit('streaming', response)
    })
  })
  upstream.listen(0, '127.0.0.1')
  await once(upstream, 'listening')
  place = await temporaryPlace()
  await writeFile(join(place.dir, 'jrctl.toml'), config((upstream.address() as AddressInfo).port))
})
afterAll(async () => {
  const last = daemons.at(-1)
  last?.child.kill('SIGTERM')
  await last?.exited
  upstream.closeAllConnections()
  upstream.close()
  await place.remove()
})

const config = (port: number) => `state_dir = "state"
[queue]
embedded = true
[capacity]
base_rate = 100000
[gateway]
untracked = "allow"
[[gateway.upstreams]]
name = "slow"
url = "http://127.0.0.1:${port}"
[[workers]]
name = "Idle Jr."
command = ["sleep", "infinity"]
`

async function daemon(...args: string[]): Promise<Running> {
  const running = start(place, ['daemon', ...args])
  daemons.push(running)
  await running.said(/ runs, pid/)
  return running
}

async function gatewayUrl(): Promise<string> {
  const { stdout } = await jrctl(place, ['status', '--json'])
  return (JSON.parse(stdout) as { gateway: { url: string } }).gateway.url
}

const ask = (url: string, body: object) =>
  fetch(`${url}/v1/chat/completions`, {
    method: 'POST',
    body: JSON.stringify({ model: 'm', messages: [], ...body }),
    headers: { connection: 'close' },
  })

it('a stream goes on to its end in the old daemon while the new one answers at the same address', async () => {
  const first = await daemon()
  const url = await gatewayUrl()
  const streaming = once(upstream, 'streaming') as Promise<[ServerResponse]>
  const answer = await ask(url, { stream: true })
  const [response] = await streaming

  await daemon('--take-over')
  expect(await gatewayUrl()).toBe(url)
  expect((await ask(url, {})).status).toBe(200)
  expect(first.child.exitCode).toBeNull()

  response.end('data: [DONE]\n\n')
  expect(await answer.text()).toBe('data: {"part":1}\n\ndata: [DONE]\n\n')
  expect(await first.exited).toBe(0)
})
