import { isDeepStrictEqual } from 'node:util'
import { headerOf, type SeenRequest } from './seen-request.ts'

/** What a request must be like to have come from a decent proxy. */
export interface Expected {
  /** As in the Host header. */
  host: string
  /** The upstream's own key. */
  key: string
  /** What must not appear anywhere: the clients' keys. */
  secrets: readonly string[]
}

/** Those that belong to one connection (RFC 9110, 7.6.1), and ours, which nobody upstream has asked for. */
const neverForwarded =
  /^(?:keep-alive|proxy-.*|te|trailer|transfer-encoding|upgrade|expect|http2-settings|forwarded|via|x-forwarded-.*|x-real-ip|x-jrctl-.*)$/

const postPaths =
  /^\/v1\/(?:chat\/completions|completions|responses|embeddings|messages|messages\/count_tokens)$/
const getPaths = /^\/v1\/(?:models(?:\/[^/]+)?|responses\/[^/]+(?:\/input_items)?)$/

/** Which API a request speaks, by its path, or where that is both's, by the header that only one's clients send. */
export function dialectOf(request: SeenRequest): 'openai' | 'anthropic' {
  return /^\/v1\/messages\b/.test(request.path) || headerOf(request, 'anthropic-version') !== undefined
    ? 'anthropic'
    : 'openai'
}

/** Everything that is wrong with a request, each in a sentence; none: it is as it must be. */
export function faultsOf(request: SeenRequest, expected: Expected): string[] {
  return [
    ...lineFaults(request),
    ...keyFaults(request, expected),
    ...headerFaults(request, expected),
    ...bodyFaults(request),
  ].map((fault) => `${request.method} ${request.path}: ${fault}`)
}

function lineFaults({ method, path }: SeenRequest): string[] {
  const [bare = ''] = path.split('?')
  const known = method === 'POST' ? postPaths : method === 'GET' ? getPaths : /^$/
  return known.test(bare) ? [] : ['nobody serves this']
}

function keyFaults(request: SeenRequest, { key, secrets }: Expected): string[] {
  const bearer = headerOf(request, 'authorization')
  const apiKey = headerOf(request, 'x-api-key')
  const [is, mustBe, other] =
    dialectOf(request) === 'openai' ? [bearer, `Bearer ${key}`, apiKey] : [apiKey, key, bearer]
  const everything = JSON.stringify([request.path, request.headers]) + request.body.toString('latin1')
  return [
    ...(is === mustBe ? [] : [`its key is ${is}`]),
    ...(other === undefined ? [] : ['it has a second key']),
    ...(secrets.some((secret) => everything.includes(secret)) ? ["it shows a client's key"] : []),
  ]
}

function headerFaults(request: SeenRequest, { host }: Expected): string[] {
  const names = request.headers.map(([name]) => name)
  const connection = headerOf(request, 'connection')
  return [
    ...names.filter((name) => neverForwarded.test(name)).map((name) => `it has the header ${name}`),
    ...names.filter((name, index) => names.indexOf(name) !== index).map((name) => `it has ${name} twice`),
    ...(headerOf(request, 'host') === host ? [] : [`its host is ${headerOf(request, 'host')}`]),
    ...(headerOf(request, 'accept-encoding') === 'identity'
      ? []
      : [`it accepts ${headerOf(request, 'accept-encoding')}`]),
    ...(connection === undefined || connection === 'keep-alive' || connection === 'close'
      ? []
      : [`its connection is ${connection}`]),
  ]
}

function bodyFaults(request: SeenRequest): string[] {
  const { method, body, json } = request
  const length = headerOf(request, 'content-length')
  if (method === 'GET') return body.length === 0 ? [] : ['a GET with a body']
  return [
    ...(length === String(body.length) ? [] : [`its length is ${length}, not ${body.length}`]),
    ...(json === undefined ? ['its body is no JSON'] : []),
    ...(/^application\/json\b/.test(headerOf(request, 'content-type') ?? '') ? [] : ['its type is not JSON']),
  ]
}

/**
 * Whether `received` is what a client sent, or that with `stream_options.include_usage` asked for in one place and not a
 * byte otherwise.
 */
export function isVerbatim(sent: string, received: string): boolean {
  if (sent === received) return true
  const added = received.length - sent.length
  let same = 0
  while (same < sent.length && sent[same] === received[same]) same += 1
  const isOneInsertion = added > 0 && received.slice(same + added) === sent.slice(same)
  return isOneInsertion && isDeepStrictEqual(JSON.parse(received), withUsage(JSON.parse(sent)))
}

function withUsage(body: Record<string, unknown>): Record<string, unknown> {
  const options = body['stream_options'] as Record<string, unknown> | undefined
  return { ...body, stream_options: { ...options, include_usage: true } }
}
