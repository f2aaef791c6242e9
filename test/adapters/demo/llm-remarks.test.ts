import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { expect, onTestFinished, test } from 'vitest'
import { askForRemarks } from '../../../src/demo/llm-remarks.ts'

interface Answer {
  status: number
  body: string
  headers?: Record<string, string>
}

/** An LLM that answers so to everything. */
async function llmThat(answer: Answer) {
  const asked: { path: string | undefined; key: string | undefined; body: string }[] = []
  const server = createServer((request, response) => {
    void text(request).then((body) => {
      asked.push({ path: request.url, key: request.headers.authorization, body })
      response.writeHead(answer.status, answer.headers).end(answer.body)
    })
  }).listen(0, '127.0.0.1')
  onTestFinished(async () => {
    server.closeAllConnections()
    server.close()
    await once(server, 'close')
  })
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return { asked, llm: { baseUrl: `http://127.0.0.1:${port}/v1`, key: 'jrk-1-x', model: 'm' } }
}

const said = (content: string) => JSON.stringify({ choices: [{ message: { role: 'assistant', content } }] })

test('two questions about the report, as the attempt, and what was said to them', async () => {
  const { asked, llm } = await llmThat({
    status: 200,
    body: said('It is\u001b small.'),
    headers: { 'x-jrctl-simulated': 'true' },
  })
  expect(await askForRemarks(llm, { licence: 'MIT' })).toEqual({
    model: 'm',
    simulated: true,
    remarks: { summary: 'It is␛ small.', next: 'It is␛ small.' },
  })
  expect(asked).toHaveLength(2)
  for (const { path, key, body } of asked) {
    expect({ path, key }).toEqual({ path: '/v1/chat/completions', key: 'Bearer jrk-1-x' })
    expect(JSON.parse(body)).toMatchObject({ model: 'm', messages: [{ role: 'user' }] })
    expect(body).toContain('MIT')
  }
})

test.each<[string, Answer, RegExp]>([
  ['a refusal', { status: 429, body: '{"error":{"message":"later"}}' }, /answered 429: later/],
  ['an error of nobody', { status: 502, body: '<html>' }, /answered 502: <html>/],
  ['no JSON', { status: 200, body: 'hello' }, /answer is not JSON/],
  ['no text', { status: 200, body: '{"choices":[]}' }, /holds no text/],
])('%s is told in plain words', async (_, answer, reason) => {
  const { llm } = await llmThat(answer)
  await expect(askForRemarks(llm, {})).rejects.toThrow(reason)
})
