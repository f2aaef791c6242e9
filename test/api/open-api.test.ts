import { afterAll, beforeAll, expect, it } from 'vitest'
import { get, raw } from './raw.ts'
import { serve, type Served } from './served.ts'

interface Operation {
  responses: Record<string, { content?: object }>
  requestBody?: object
}

let served: Served
let paths: Record<string, Record<string, Operation>>
const bodyOf = (text: string): Record<string, unknown> =>
  JSON.parse(
    text.slice(text.indexOf('\r\n\r\n') + 4).replace(/^[0-9a-f]+\r\n|\r\n0\r\n\r\n$/g, ''),
  ) as Record<string, unknown>

beforeAll(async () => {
  served = await serve({ answerTimeoutMs: 2_000 })
  const { status, text } = await raw(served.socketPath, get('/openapi.json'))
  expect(status).toBe(200)
  paths = bodyOf(text)['paths'] as typeof paths
})
afterAll(() => served.stop())

it('describes routes that there are, each of which answers as it says', async () => {
  const asked: string[] = []
  for (const [path, methods] of Object.entries(paths)) {
    for (const [method, { responses, requestBody }] of Object.entries(methods)) {
      // Streams answer for ever.
      if (Object.keys(responses['200']?.content ?? {}).includes('text/event-stream')) continue
      const target = path.replaceAll(/\{\w+\}/g, '7')
      const head = [`${method.toUpperCase()} ${target} HTTP/1.1`, 'Host: x', 'Connection: close']
      const request = [...head, ...(requestBody ? ['Content-Length: 2', '', '{}'] : ['', ''])].join('\r\n')
      const { status, text } = await raw(served.socketPath, request)
      const body = bodyOf(text)
      asked.push(`${method} ${path} ${status}`)
      if (status === 200) expect(body['apiVersion'] ?? body['openapi'] ?? body['status']).toBeDefined()
      else {
        expect(body, `${method} ${path}`).toMatchObject({
          apiVersion: 1,
          error: { code: expect.any(String) as string, message: expect.any(String) as string },
        })
        expect((body['error'] as { code: string }).code).not.toBe('route.not_found')
        expect([400, 401, 404, 409], `${method} ${path}: ${text}`).toContain(status)
      }
    }
  }
  // Most are asked for nothing in particular, and answer.
  expect(asked.filter((line) => line.endsWith(' 200')).length).toBeGreaterThan(20)
})
