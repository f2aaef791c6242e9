/** One whole request for the bus, as bytes. */
export function post(path: string, body: object): Buffer {
  const text = JSON.stringify(body)
  const head = [
    `POST ${path} HTTP/1.1`,
    'host: jrctl',
    'content-type: application/json',
    'x-jrctl-actor: bench',
    `content-length: ${Buffer.byteLength(text)}`,
  ]
  return Buffer.from(`${head.join('\r\n')}\r\n\r\n${text}`)
}

/** What the clients ask, with some data to carry. */
export function busRequest(client: number, cacheMs: number): Buffer {
  const data = {
    client,
    query: 'revenue_today',
    words: 'of a sentence or two, as agents exchange them. '.repeat(4),
  }
  return post('/v1/bus/request', { topic: 'bench.echo', data, timeout_ms: 5000, cache_ms: cacheMs })
}
