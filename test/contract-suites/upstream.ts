import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Upstream } from '../../src/ports/upstream.ts'
import { recordedCall, type RecordedCall } from '../adapters/llm/recorded-call.ts'

/** An upstream, and the hand that answers its requests. */
export interface UpstreamGround {
  upstream: Upstream
  /** Lets the answer of the oldest request that has none begin, with at least one byte; more will come. */
  begin(): Promise<void>
  /** Lets all answers that began come to their ends. */
  finish(): Promise<void>
  dispose(): Promise<void>
}

/** What every upstream promises. `recordedCall` throws when something is told before `send` returned, or after an end. */
export function upstreamContract(name: string, make: () => Promise<UpstreamGround>): void {
  describe(`upstream contract: ${name}`, () => {
    let on: UpstreamGround
    beforeEach(async () => {
      on = await make()
    })
    afterEach(() => on.dispose())

    const ask = (options?: { take: () => boolean }): RecordedCall =>
      recordedCall(on.upstream, { path: '/v1/chat/completions', body: streamedRequest }, options)

    it('tells the head, then bytes, then the end', async () => {
      const call = ask()
      await on.begin()
      await call.until(() => call.body !== '')
      expect(call).toMatchObject({ status: 200, heads: 1, outcome: null })
      expect(call.headers.length % 2).toBe(0)
      await on.finish()
      expect(await call.over).toEqual({ ended: true })
    })

    it('tells nothing more once it was aborted, and takes a second abort', async () => {
      const call = ask()
      await on.begin()
      await call.until(() => call.body !== '')
      call.abort()
      call.abort()
      await on.finish()
      expect(call.outcome).toBeNull()
    })

    it('may be aborted before anything came', async () => {
      const call = ask()
      call.abort()
      await turns()
      expect(call).toMatchObject({ heads: 0, outcome: null })
    })

    it('tells no more while nobody takes it, and goes on where it stopped', async () => {
      const call = ask({ take: () => false })
      await on.begin()
      await call.until(() => call.body !== '')
      const { body } = call
      await on.finish()
      await turns()
      expect(call).toMatchObject({ body, outcome: null })
      call.resumeAll()
      await call.over
      expect(call.body.startsWith(body)).toBe(true)
      expect(call.outcome).toEqual({ ended: true })
    })

    it('fails what is going on when it is closed, and says so', async () => {
      const call = ask()
      await on.begin()
      await call.until(() => call.body !== '')
      await on.upstream.close()
      expect((await call.over).failure).toMatchObject({ kind: 'broken', sent: true })
    })
  })
}

const streamedRequest = JSON.stringify({
  model: 'any',
  stream: true,
  messages: [{ role: 'user', content: 'What is promised here?' }],
})

async function turns(): Promise<void> {
  for (let i = 0; i < 5; i++) await new Promise((resolve) => void setImmediate(resolve))
}
