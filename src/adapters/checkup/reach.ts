import { get as getHttp } from 'node:http'
import { get as getHttps } from 'node:https'
import { messageOf } from '../../errors.ts'
import type { Clock } from '../../ports/clock.ts'
import type { UpstreamFacts } from '../../ports/machine-checkup.ts'

/** Asks an address once, reads nothing but its status, and never rejects. No answer within `timeoutMs` is a failure. */
export function askAddress(
  address: URL,
  { headers, timeoutMs, clock }: { headers: Record<string, string>; timeoutMs: number; clock: Clock },
): Promise<NonNullable<UpstreamFacts['outcome']>> {
  const startMs = clock.monotonicMs()
  const get = address.protocol === 'https:' ? getHttps : getHttp
  return new Promise((resolve) => {
    const request = get(address, { headers, agent: false }, (response) => {
      timer.cancel()
      response.destroy()
      resolve({
        kind: 'answered',
        status: response.statusCode ?? 0,
        answerMs: clock.monotonicMs() - startMs,
      })
    })
    const timer = clock.after(timeoutMs, () => {
      request.destroy(new Error(`no answer within ${timeoutMs / 1000} s`))
    })
    request.on('error', (error) => {
      timer.cancel()
      resolve({ kind: 'failed', why: whyOf(error) })
    })
  })
}

/** Several addresses of one name fail with an error that has no words of its own. */
function whyOf(error: Error): string {
  const first = error instanceof AggregateError ? (error.errors[0] as unknown) : error
  return messageOf(first) || 'it cannot be reached'
}
