import { once } from 'node:events'
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { StatusView } from '../../../src/contract/views.ts'

export interface StillDaemon {
  url: string
  /** How often it was asked for its state. */
  asked(): number
  end(): Promise<void>
}

const longAgoMs = 60 * 60 * 60 * 1000

/** An API that always tells the same, which no fleet that lives does: a daemon's memory alone changes every second. */
export async function startStillDaemon(status: StatusView): Promise<StillDaemon> {
  const json = JSON.stringify(ofLongAgo(status))
  let asked = 0
  const streams = new Set<ServerResponse>()
  const server = createServer((request, response) => {
    if (request.url === '/v1/events') {
      streams.add(response)
      response.writeHead(200, { 'Content-Type': 'text/event-stream' })
      response.write(`event: snapshot\ndata: ${json}\n\n`)
      return
    }
    const isStatus = request.url === '/v1/status'
    asked += isStatus ? 1 : 0
    response.writeHead(isStatus ? 200 : 404, { 'Content-Type': 'application/json' })
    response.end(isStatus ? json : '{}')
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    asked: () => asked,
    async end() {
      for (const stream of streams) stream.destroy()
      server.close()
      await once(server, 'close')
    },
  }
}

/** Started days ago, so that no age is told in units that change while it is watched. */
function ofLongAgo(status: StatusView): StatusView {
  const startedAt = Date.now() - longAgoMs
  return {
    ...status,
    daemon: { ...status.daemon, startedAt, uptimeMs: longAgoMs },
    positions: status.positions.map((position) => ({ ...position, startedAt })),
    workers: status.workers.map((worker) => ({ ...worker, startedAt })),
  }
}
