import type { ServerResponse } from 'node:http'
import { describe, expect, test } from 'vitest'
import { type GatewayRefusal, answerRefusal } from '../../src/gateway/refusals.ts'
import type { Dialect } from '../../src/gateway/request/endpoint.ts'
import { attemptEnded, capacityRefused, noEndpoint } from '../../src/gateway/wording.ts'
import { fence, instanceId, jrName, taskId } from '../../src/domain/ids.ts'
import type { KeyedAttempt } from '../../src/ports/attempt-keys.ts'

interface Written {
  status: number
  headers: Record<string, string>
  body: unknown
}

function written(dialect: Dialect, refusal: GatewayRefusal): Written | null {
  let found: Written | null = null
  const response = {
    headersSent: false,
    destroyed: false,
    writeHead(status: number, flat: string[]) {
      const names = flat.filter((_, index) => index % 2 === 0)
      found = {
        status,
        headers: Object.fromEntries(names.map((name, index) => [name, flat[index * 2 + 1] ?? ''])),
        body: null,
      }
    },
    end(body: Buffer) {
      if (found !== null) found.body = JSON.parse(body.toString())
    },
  }
  answerRefusal(response as unknown as ServerResponse, dialect, refusal)
  return found
}

const attempt: KeyedAttempt = {
  lease: { taskId: taskId(7), fence: fence(1), instanceId: instanceId('i') },
  jrName: jrName('Research Jr.'),
  attempt: 2,
  leaseMs: 60_000,
  outcome: 'expired',
}

describe('a refusal', () => {
  test.each<[Dialect, number, object]>([
    [
      'openai',
      401,
      { error: { message: 'm', type: 'authentication_error', param: null, code: 'key_unknown' } },
    ],
    ['openai', 429, { error: { message: 'm', type: 'rate_limit_error', param: null, code: 'key_unknown' } }],
    ['openai', 502, { error: { message: 'm', type: 'api_error', param: null, code: 'key_unknown' } }],
    [
      'anthropic',
      404,
      { type: 'error', error: { type: 'not_found_error', message: 'm' }, code: 'key_unknown' },
    ],
    [
      'anthropic',
      413,
      { type: 'error', error: { type: 'request_too_large', message: 'm' }, code: 'key_unknown' },
    ],
    [
      'anthropic',
      415,
      { type: 'error', error: { type: 'invalid_request_error', message: 'm' }, code: 'key_unknown' },
    ],
  ])('in the shape of %s: %i', (dialect, status, body) => {
    expect(written(dialect, { status, code: 'key_unknown', message: 'm' })).toMatchObject({ status, body })
  })

  test('says when to come back, rounded up, and where its task stands', () => {
    const refusal = {
      status: 429,
      code: 'too_late',
      message: 'm',
      retryAfterMs: 1_200.4,
      position: 3,
      waitedMs: 9.6,
    }
    expect(written('openai', refusal as GatewayRefusal)?.headers).toMatchObject({
      'retry-after': '2',
      'retry-after-ms': '1201',
      'x-jrctl-position': '3',
      'x-jrctl-waited-ms': '10',
    })
  })

  test.each([
    [409, 'false'],
    [500, 'false'],
    [400, undefined],
    [401, undefined],
  ])('that no other try can mend says so where the SDKs would try: %i', (status, header) => {
    expect(written('openai', { status, code: 'internal', message: 'm' })?.headers['x-should-retry']).toBe(
      header,
    )
  })
})

describe('the words', () => {
  test('name what there is', () => {
    expect(noEndpoint('POST', '/v2/chat?key=canary')).toMatchObject({
      status: 404,
      message: expect.stringMatching(
        /^jrctl's gateway has no \/v2\/chat\. It has: \/v1\/chat\/completions, /,
      ),
    })
    expect(noEndpoint('DELETE', '/v1/messages')).toMatchObject({
      status: 405,
      message: '/v1/messages takes POST, not DELETE.',
    })
  })

  test('hold nothing that a terminal obeys', () => {
    const { message } = noEndpoint('GET', `/\u001b[31m${'x'.repeat(500)}`)
    expect(message).not.toContain('\u001b')
    expect(message.length).toBeLessThan(400)
  })

  test('say what became of the attempt', () => {
    expect(attemptEnded(attempt).message).toContain('Attempt 2 of task 7 has ended (expired)')
  })

  test.each([
    [
      'too_late',
      attempt,
      3,
      429,
      'Task 7 at position 3 would wait for the LLM for longer than 300 s ([gateway] max_wait). Try again in 2 s.',
    ],
    ['too_late', null, null, 429, 'Requests without a key would wait'],
    ['too_many', attempt, 3, 429, '[gateway] max_waiting = 1000'],
    ['stopping', attempt, null, 503, 'the next one answers at the same address'],
    ['not_in_progress', attempt, null, 409, '`jrctl why 7`'],
    ['not_in_progress', null, null, 401, 'OPENAI_API_KEY'],
  ] as const)('%s', (reason, who, position, status, message) => {
    const answer = { granted: false as const, reason, retryAfterMs: 1_500, position }
    const refusal = capacityRefused(answer, who, { maxWaitMs: 300_000, maxWaiting: 1_000 })
    expect(refusal.status).toBe(status)
    expect(refusal.message).toContain(message)
  })

  test.each([
    [250, '250 ms'],
    [1_500, '1.5 s'],
  ])('names the limit as the configuration has it: %i ms', (maxWaitMs, text) => {
    const answer = { granted: false as const, reason: 'too_late' as const, retryAfterMs: 1, position: 1 }
    expect(capacityRefused(answer, attempt, { maxWaitMs, maxWaiting: 1 }).message).toContain(
      `for longer than ${text} (`,
    )
  })
})
