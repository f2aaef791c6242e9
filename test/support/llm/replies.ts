import type { ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { anthropicModel, anthropicModels, countTokens, message, messageEvents } from './anthropic-answers.ts'
import {
  chatChunks,
  chatCompletion,
  completion,
  completionChunks,
  embeddings,
  openaiModel,
  openaiModels,
  type Body,
} from './openai-answers.ts'
import { response as wholeResponse, responseEvents } from './openai-responses.ts'
import { dialectOf } from './request-checks.ts'
import type { SeenRequest } from './seen-request.ts'
import { piecesOf, plainStyle, type StreamEvent, type StreamStyle } from './server-sent-events.ts'
import { someTokens, type Tokens } from './tokens.ts'

/** What an upstream does with a request. */
export type Reply = (request: SeenRequest, to: Answering) => void | Promise<void>

export interface Answering {
  response: ServerResponse
  socket: Socket
  /** Settles when the connection is closed, by whomever. */
  gone: Promise<void>
}

export const modelsKnown = ['small-1', 'large-1']

/** What a healthy upstream answers: the shape of the endpoint, streamed when asked for. */
export function properly(tokens: Tokens = someTokens, style: StreamStyle = plainStyle): Reply {
  return async (request, { response }) => {
    const events = streamOf(request, tokens)
    if (events === null) sendJson(response, 200, wholeOf(request, tokens))
    else await sendStream(response, piecesOf(events, style))
  }
}

const wholes: Record<string, (body: Body, tokens: Tokens) => object> = {
  '/v1/chat/completions': chatCompletion,
  '/v1/completions': completion,
  '/v1/responses': wholeResponse,
  '/v1/embeddings': embeddings,
  '/v1/messages': message,
  '/v1/messages/count_tokens': (_, tokens) => countTokens(tokens),
}

const streams: Record<string, (body: Body, tokens: Tokens) => StreamEvent[]> = {
  '/v1/chat/completions': chatChunks,
  '/v1/completions': completionChunks,
  '/v1/responses': responseEvents,
  '/v1/messages': messageEvents,
}

function pathOf({ path }: SeenRequest): string {
  return path.split('?')[0] ?? ''
}

function wholeOf(request: SeenRequest, tokens: Tokens): object {
  const path = pathOf(request)
  const shape = wholes[path]
  if (shape !== undefined) return shape(request.json ?? {}, tokens)
  const [models, model] =
    dialectOf(request) === 'openai' ? [openaiModels, openaiModel] : [anthropicModels, anthropicModel]
  return path === '/v1/models' ? models(modelsKnown) : model(path.replace('/v1/models/', ''))
}

/** Null: it is no stream that was asked for. */
function streamOf(request: SeenRequest, tokens: Tokens): StreamEvent[] | null {
  if (request.json?.['stream'] !== true) return null
  return streams[pathOf(request)]?.(request.json, tokens) ?? null
}

/** The events that a healthy upstream streams. @throws where it does not */
export function eventsOf(request: SeenRequest, tokens: Tokens = someTokens): StreamEvent[] {
  const events = streamOf(request, tokens)
  if (events === null) throw new Error(`${request.path} was not asked to stream`)
  return events
}

export function sendJson(
  response: ServerResponse,
  status: number,
  body: object,
  headers: Record<string, string> = {},
): void {
  const bytes = Buffer.from(JSON.stringify(body))
  response.writeHead(status, {
    'content-type': 'application/json',
    'content-length': bytes.length,
    'x-request-id': 'req-upstream-1',
    ...headers,
  })
  response.end(bytes)
}

/** One write a piece, each handed to the kernel before the next. */
export async function sendStream(response: ServerResponse, pieces: readonly Buffer[]): Promise<void> {
  startStream(response)
  for (const piece of pieces) await written(response, piece)
  response.end()
}

export function startStream(response: ServerResponse): void {
  response.socket?.setNoDelay(true)
  response.writeHead(200, {
    'content-type': 'text/event-stream; charset=utf-8',
    'cache-control': 'no-cache',
    'x-request-id': 'req-upstream-1',
  })
}

/** Settles when the bytes are handed over, or never will be. */
export function written(response: ServerResponse, bytes: Buffer | string): Promise<void> {
  return new Promise((resolve) => {
    response.write(bytes, () => resolve())
  })
}

export function withStatus(status: number, body: object, headers: Record<string, string> = {}): Reply {
  return (_, { response }) => sendJson(response, status, body, headers)
}

/** A 200 with whatever usage it likes to tell. */
export function lying(usage: unknown): Reply {
  return async (request, { response }) => {
    const events = streamOf(request, someTokens)
    const lie = (value: object) =>
      JSON.parse(JSON.stringify(value).replace(usagePattern, lieText(usage))) as object
    if (events === null) return sendJson(response, 200, lie(wholeOf(request, someTokens)))
    const lies = events.map(({ event, data }): StreamEvent => {
      const lied = typeof data === 'object' && data !== null ? lie(data) : data
      return event === undefined ? { data: lied } : { event, data: lied }
    })
    return await sendStream(response, piecesOf(lies))
  }
}

/** An object without arrays, one level of objects inside. */
const usagePattern = /"usage":\{(?:[^{}]|\{[^{}]*\})*\}/

function lieText(usage: unknown): string {
  return `"usage":${JSON.stringify(usage)}`
}

/** Says nothing, for ever. */
export const hang: Reply = async (_, { gone }) => {
  await gone
}

/** Says the first events of its stream, and then nothing, for ever. */
export function hangAfter(events: number): Reply {
  return async (request, { response, gone }) => {
    startStream(response)
    for (const piece of piecesOf(eventsOf(request).slice(0, events))) await written(response, piece)
    await gone
  }
}

/** Says the first events of its stream, and cuts the connection. */
export function dropAfter(events: number, how: 'reset' | 'end' = 'reset'): Reply {
  return async (request, { response, socket }) => {
    startStream(response)
    for (const piece of piecesOf(eventsOf(request).slice(0, events))) await written(response, piece)
    if (how === 'reset') socket.resetAndDestroy()
    else socket.destroy()
  }
}

/** Cuts the connection without a word. */
export const drop: Reply = (_, { socket }) => {
  socket.resetAndDestroy()
}

/** Says something that is no HTTP. */
export function garbage(bytes: Buffer | string = 'SSH-2.0-OpenSSH_9.2\r\n\u0000\u0001\u0002'): Reply {
  return (_, { socket }) => {
    socket.end(bytes)
  }
}
