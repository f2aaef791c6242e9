import { type Connection, open, openConnection } from '../gateway/wire.ts'
import { post } from './requests.ts'

/** Connections on which answers go out; one can have one under way. */
const replyConnections = 16

/** Responders that answer at once with what they were sent. */
export async function startResponders(socket: string, count: number): Promise<{ stop(): void }> {
  const all = await Promise.all(Array.from({ length: count }, () => startResponder(socket)))
  return { stop: () => all.forEach((responder) => responder.stop()) }
}

async function startResponder(path: string): Promise<{ stop(): void }> {
  const free: Connection[] = await Promise.all(
    Array.from({ length: replyConnections }, () => openConnection(path)),
  )
  const all = new Set(free)
  const waiting: Buffer[] = []
  const stream = await open(path)
  stream.setEncoding('utf8')

  async function send(reply: Buffer): Promise<void> {
    const connection = free.shift()
    if (connection === undefined) return void waiting.push(reply)
    const next = await connection.ask(reply).then(
      () => connection,
      // The server closes those that nothing came by for a while, as when all answers are out of the cache.
      () => openConnection(path),
    )
    if (next !== connection) await next.ask(reply)
    free.push(next)
    all.add(next)
    const more = waiting.shift()
    if (more !== undefined) await send(more)
  }

  let text = ''
  const ready = new Promise<void>((resolve) => {
    stream.on('data', (chunk: string) => {
      text += chunk
      const events = text.split('\n\n')
      text = events.pop() ?? ''
      for (const event of events) {
        if (event.includes('event: ready')) resolve()
        if (event.includes('event: request')) void send(answerTo(event))
      }
    })
  })
  stream.write('GET /v1/bus/subscribe?topic=bench.echo&respond=true HTTP/1.1\r\nhost: jrctl\r\n\r\n')
  await ready
  return {
    stop() {
      stream.destroy()
      for (const connection of all) connection.close()
    },
  }
}

/** Chunk sizes of the transfer stand on lines of their own, between events, and are passed over. */
function answerTo(event: string): Buffer {
  const line = event.split('\n').find((part) => part.startsWith('data: ')) ?? ''
  const { request_id: id, data } = JSON.parse(line.slice('data: '.length)) as {
    request_id: string
    data: object
  }
  return post('/v1/bus/reply', { request_id: id, data })
}
