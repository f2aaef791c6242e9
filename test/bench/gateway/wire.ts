import { type Socket, connect } from 'node:net'

/** Where requests go, and what goes with them. */
export interface Target {
  port: number
  path: string
  headers: Readonly<Record<string, string>>
}

export type Model = 'json' | 'stream' | 'flood' | 'hang' | 'hang-streaming'

/** One whole request, as bytes: it is made once and sent many times. */
export function requestBytes(target: Target, model: Model, user = 'bench'): Buffer {
  const streams = model !== 'json'
  const body = JSON.stringify({
    model,
    user,
    messages: [
      { role: 'system', content: 'You answer in one sentence, in plain words, about software.' },
      {
        role: 'user',
        content: 'What would you like to know of a package before it becomes a dependency? '.repeat(4),
      },
    ],
    ...(streams ? { stream: true, stream_options: { include_usage: true } } : {}),
  })
  const headers = {
    host: `127.0.0.1:${target.port}`,
    'content-type': 'application/json',
    'content-length': String(Buffer.byteLength(body)),
    ...target.headers,
  }
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`)
  return Buffer.from(`POST ${target.path} HTTP/1.1\r\n${lines.join('')}\r\n${body}`)
}

export interface Answer {
  status: number
  body: string
  firstByteMs: number
  wholeMs: number
}

/** One connection that asks one thing after another, and reads each answer whole. */
export interface Connection {
  ask(request: Buffer): Promise<Answer>
  close(): void
}

export async function openConnection(at: number | string): Promise<Connection> {
  const socket = await open(at)
  socket.setEncoding('latin1')
  let waiting: ((chunk: string | null) => void) | null = null
  socket.on('data', (chunk: string) => waiting?.(chunk))
  socket.on('close', () => waiting?.(null))
  return {
    ask: (request) =>
      new Promise((resolve, reject) => {
        if (socket.destroyed) return reject(new Error('the connection ended while nothing was asked'))
        const startedMs = performance.now()
        let text = ''
        let firstByteMs = 0
        waiting = (chunk) => {
          if (chunk === null)
            return reject(new Error(`the connection ended in an answer: ${text.slice(0, 300)}`))
          text += chunk
          const read = readAnswer(text)
          if (firstByteMs === 0 && (read.whole || read.hasBody)) firstByteMs = performance.now() - startedMs
          if (!read.whole) return
          waiting = null
          resolve({
            status: read.status,
            body: read.body,
            firstByteMs,
            wholeMs: performance.now() - startedMs,
          })
        }
        socket.write(request)
      }),
    close: () => socket.destroy(),
  }
}

/** @param at a port of this machine, or the path of a socket */
export function open(at: number | string): Promise<Socket> {
  const target = typeof at === 'string' ? { path: at } : { port: at, host: '127.0.0.1', noDelay: true }
  return new Promise((resolve, reject) => {
    const socket = connect(target, () => {
      socket.off('error', reject).on('error', () => {})
      resolve(socket)
    })
    socket.once('error', reject)
  })
}

type Read = { whole: false; hasBody: boolean } | { whole: true; status: number; body: string }

/** As much of HTTP/1.1 as the contenders speak: a declared length, or chunks. Answers are not pipelined. */
function readAnswer(text: string): Read {
  const headEnd = text.indexOf('\r\n\r\n')
  if (headEnd < 0) return { whole: false, hasBody: false }
  const hasBody = text.length > headEnd + 4
  const head = text.slice(0, headEnd)
  const declared = /\r\ncontent-length: *(\d+)/i.exec(head)?.[1]
  const rest = text.slice(headEnd + 4)
  const status = Number(head.slice(9, 12))
  if (declared !== undefined)
    return rest.length < Number(declared) ? { whole: false, hasBody } : { whole: true, status, body: rest }
  if (!rest.endsWith('0\r\n\r\n')) return { whole: false, hasBody }
  const body = joinChunks(rest)
  return body === null ? { whole: false, hasBody } : { whole: true, status, body }
}

/** Null: the last chunk has not come. */
function joinChunks(text: string): string | null {
  let body = ''
  for (let at = 0; ;) {
    const lineEnd = text.indexOf('\r\n', at)
    if (lineEnd < 0) return null
    const length = Number.parseInt(text.slice(at, lineEnd), 16)
    if (Number.isNaN(length)) throw new Error(`no chunk: ${text.slice(at, at + 80)}`)
    if (length === 0) return body
    body += text.slice(lineEnd + 2, lineEnd + 2 + length)
    at = lineEnd + 2 + length + 2
  }
}
