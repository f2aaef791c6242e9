/**
 * The least that a bus of node:http can do: a request goes out on the stream of whoever responds, its answer comes back by another
 * request. No topics, no limits, no senders. It is what ours is measured against.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'

const socketPath = process.argv[2] ?? ''
const streams: ServerResponse[] = []
const waiting = new Map<string, ServerResponse>()
let asked = 0

const server = createServer(
  { keepAliveTimeout: 60_000 },
  (incoming, outgoing) => void serve(incoming, outgoing),
)
server.listen(socketPath, () => process.send?.('listening'))
process.once('disconnect', () => process.exit(0))

async function serve(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
  if (incoming.url?.startsWith('/v1/bus/subscribe') === true) {
    outgoing.writeHead(200, { 'content-type': 'text/event-stream' })
    outgoing.write('event: ready\ndata: {}\n\n')
    streams.push(outgoing)
    return
  }
  let text = ''
  incoming.setEncoding('utf8')
  for await (const chunk of incoming) text += String(chunk)
  const body = JSON.parse(text) as { request_id?: string; data: unknown }
  if (incoming.url === '/v1/bus/reply') return reply(body, outgoing)
  asked += 1
  waiting.set(String(asked), outgoing)
  const request = JSON.stringify({ request_id: String(asked), data: body.data })
  streams[asked % streams.length]?.write(`event: request\ndata: ${request}\n\n`)
}

function reply(
  { request_id: id = '', data }: { request_id?: string; data: unknown },
  outgoing: ServerResponse,
): void {
  answer(outgoing, { delivered: true })
  const asker = waiting.get(id)
  waiting.delete(id)
  if (asker !== undefined) answer(asker, { ok: true, data })
}

function answer(outgoing: ServerResponse, body: object): void {
  const text = JSON.stringify(body)
  outgoing
    .writeHead(200, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) })
    .end(text)
}
