/**
 * An LLM API that costs nothing: sockets and ready-made bytes, in a process of its own, so that what is measured is what lies
 * between it and the client. The model that a request names says how it answers. It tells its parent (IPC) where it listens,
 * and of `hang` requests what became of them, by the clock that all processes of a machine share.
 */
import { type Socket, createServer } from 'node:net'
import { flood, hangStart, jsonAnswer, streamEvents, streamHead, streamTail } from './answers.ts'

const streamGapMs = 2

/** What it tells of `hang` requests: their `user`, and when (CLOCK_MONOTONIC, ns). */
export type UpstreamReport =
  { kind: 'listens'; port: number } | { kind: 'came' | 'closed'; user: string; atNs: string }

const tell = (report: UpstreamReport): void => void process.send?.(report)

const server = createServer({ noDelay: true }, (socket) => {
  let pending = ''
  socket.setEncoding('latin1')
  socket.on('error', () => {})
  socket.on('data', (text: string) => {
    pending += text
    for (let request = cut(); request !== null; request = cut()) answer(socket, request)
  })

  /** The next whole request, body included, off the front of what has come. */
  function cut(): string | null {
    const headEnd = pending.indexOf('\r\n\r\n')
    if (headEnd < 0) return null
    const head = pending.slice(0, headEnd)
    const declared = /\r\ncontent-length: *(\d+)/i.exec(head)
    const chunkedEnd = /\r\ntransfer-encoding: *chunked/i.test(head)
      ? pending.indexOf('\r\n0\r\n\r\n', headEnd + 2)
      : null
    if (chunkedEnd === -1) return null
    const end =
      chunkedEnd === null ? headEnd + 4 + Number(declared?.[1] ?? 0) : chunkedEnd + '\r\n0\r\n\r\n'.length
    if (pending.length < end) return null
    const request = pending.slice(0, end)
    pending = pending.slice(end)
    return request
  }
})

function answer(socket: Socket, request: string): void {
  if (request.includes('"model":"stream"')) return stream(socket)
  if (request.includes('"model":"flood"')) return pour(socket)
  if (request.includes('"model":"hang')) return hang(socket, request)
  socket.write(jsonAnswer)
}

/** The head and the first event at once, the others at their pace. */
function stream(socket: Socket): void {
  let sent = 1
  socket.write(streamHead + chunk(streamEvents[0] ?? ''))
  const timer = setInterval(() => {
    const event = streamEvents[sent++]
    if (event === undefined) {
      stop()
      socket.off('close', stop)
      socket.write(chunk(streamTail) + '0\r\n\r\n')
    } else {
      socket.write(chunk(event))
    }
  }, streamGapMs)
  const stop = (): void => clearInterval(timer)
  socket.once('close', stop)
}

/** Much more than all buffers on the way hold, as fast as it is taken. */
function pour(socket: Socket): void {
  socket.write(streamHead)
  let left = flood.count
  const push = (): void => {
    while (left > 0) {
      left -= 1
      if (!socket.write(flood.chunk)) return
    }
    socket.off('drain', push).end('0\r\n\r\n')
  }
  socket.on('drain', push)
  push()
}

/** Never ends: with a first event (`hang-streaming`) or without even a head. */
function hang(socket: Socket, request: string): void {
  const user = /"user":"(\w+)"/.exec(request)?.[1] ?? ''
  tell({ kind: 'came', user, atNs: String(process.hrtime.bigint()) })
  socket.once('close', () => tell({ kind: 'closed', user, atNs: String(process.hrtime.bigint()) }))
  if (request.includes('"model":"hang-streaming"')) socket.write(hangStart)
}

function chunk(text: string): string {
  return `${text.length.toString(16)}\r\n${text}\r\n`
}

server.listen(0, '127.0.0.1', () => {
  const address = server.address()
  tell({ kind: 'listens', port: typeof address === 'object' && address !== null ? address.port : 0 })
})
process.once('disconnect', () => process.exit(0))
