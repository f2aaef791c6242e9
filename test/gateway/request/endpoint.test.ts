import { describe, expect, it } from 'vitest'
import {
  endpointOf,
  endpointPaths,
  methodAt,
  modelInPath,
  upstreamPath,
} from '../../../src/gateway/request/endpoint.ts'

describe('endpointOf', () => {
  it.each([
    ['POST', '/v1/chat/completions', 'chat', 'openai', true],
    ['POST', '/v1/completions', 'completions', 'openai', true],
    ['POST', '/v1/responses', 'responses', 'openai', true],
    ['POST', '/v1/embeddings', 'embeddings', 'openai', true],
    ['GET', '/v1/models', 'models', 'openai', false],
    ['GET', '/v1/models/org/model', 'model', 'openai', false],
    ['GET', '/v1/models/org%2Fmodel?a=b', 'model', 'openai', false],
    ['POST', '/v1/messages', 'messages', 'anthropic', true],
    ['POST', '/v1/messages?beta=true', 'messages', 'anthropic', true],
    ['POST', '/messages?beta=true', 'messages', 'anthropic', true],
    ['POST', '/v1/v1/messages', 'messages', 'anthropic', true],
    ['POST', '/v1/messages/count_tokens', 'count_tokens', 'anthropic', false],
  ])('%s %s', (method, path, id, dialect, charged) => {
    expect(endpointOf(method, path)).toEqual({ id, dialect, method, charged })
  })

  it('tells whose models are meant by the header that only one dialect has', () => {
    expect(endpointOf('GET', '/v1/models?limit=5', true)).toMatchObject({
      id: 'models',
      dialect: 'anthropic',
    })
    expect(endpointOf('GET', '/v1/models/claude', true)).toMatchObject({ id: 'model', dialect: 'anthropic' })
    expect(endpointOf('POST', '/v1/chat/completions', true)).toMatchObject({ dialect: 'openai' })
  })

  it.each([
    '/',
    '',
    '/v1',
    '/v1/',
    '/v1/chat/completions/',
    '/v1/Chat/completions',
    '/v1/chat/completions/../../admin',
    '//v1/messages',
    '/v1/models/',
    '/v1/models/..',
    '/v1/models/a/../../files',
    '/v1/models/%2e%2e%2ffiles',
    '/v1/models/a%5c..%5cfiles',
    '/v1/models/a%00',
    '/v1/models/%zz',
    '/v1/responses/resp_1',
    '/v1/files',
    '/v1/constructor',
    '/__proto__',
  ])('there is nothing at %s', (path) => {
    expect(endpointOf('GET', path)).toBeNull()
    expect(endpointOf('POST', path)).toBeNull()
    expect(methodAt(path)).toBeNull()
  })

  it('tells a wrong method from a wrong path', () => {
    expect(endpointOf('GET', '/v1/messages')).toBeNull()
    expect(methodAt('/v1/messages')).toBe('POST')
    expect(endpointOf('DELETE', '/v1/models/m')).toBeNull()
    expect(methodAt('/v1/models/m')).toBe('GET')
  })

  it('names what there is', () => {
    expect(endpointPaths).toHaveLength(8)
    expect(endpointPaths.map(methodAt)).not.toContain(null)
  })
})

it.each([
  ['/v1/messages?beta=true', '/v1/messages?beta=true'],
  ['/messages?a=/v1/', '/v1/messages?a=/v1/'],
  ['/v1/v1/messages', '/v1/messages'],
])('an upstream gets %s as %s', (path, expected) => {
  expect(upstreamPath(path)).toBe(expected)
})

it.each([
  ['/v1/models/gpt-5', 'gpt-5'],
  ['/v1/models/meta-llama%2FLlama-3?x', 'meta-llama/Llama-3'],
  ['/models/m', 'm'],
  ['/v1/models', null],
  ['/v1/messages', null],
])('%s asks for the model %s', (path, model) => {
  expect(modelInPath(path)).toBe(model)
})
