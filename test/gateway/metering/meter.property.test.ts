import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { heldBytesMax } from '../../../src/gateway/metering/event-stream.ts'
import { createMeter } from '../../../src/gateway/metering/meter.ts'
import { anyCuts, anyGarbage, anyStream } from './any-answer.ts'
import { cutAt, document, events, pass, request } from './passing.ts'
import { reference } from './reference.ts'

/** Enough to have found each mistake that was made here; a hundred times as many were run by hand. */
const runs = 500

const stripping = request('/v1/chat/completions')
const asked = request('/v1/chat/completions', { stream_options: { include_usage: true } })
const either = fc.constantFrom(stripping, asked)
const messages = request('/v1/messages')

describe('any stream, cut anywhere', () => {
  it('reports and forwards what a naive parser of the whole does', () => {
    fc.assert(
      fc.property(either, anyStream, anyCuts, (prepared, bytes, cuts) => {
        const { usage, forwarded } = pass(prepared, events, cutAt(bytes, cuts))
        const naive = reference(bytes, prepared.stripUsage)
        expect(forwarded.toString('latin1')).toBe(naive.forwarded.toString('latin1'))
        expect(usage === null ? null : [usage.inputTokens, usage.outputTokens]).toEqual(
          naive.input === null ? null : [naive.input, naive.output],
        )
      }),
      { numRuns: runs },
    )
  })

  it('is seen the same, whole or in pieces, broken off or not', () => {
    fc.assert(
      fc.property(either, anyStream, anyCuts, fc.nat(400), fc.boolean(), (prepared, all, cuts, off, ends) => {
        const bytes = all.subarray(0, Math.max(0, all.length - off))
        const whole = pass(prepared, events, [bytes], ends)
        const cut = pass(prepared, events, cutAt(bytes, cuts), ends)
        expect({ ...cut, forwarded: null }).toEqual({ ...whole, forwarded: null })
        expect(cut.forwarded.equals(whole.forwarded)).toBe(true)
      }),
      { numRuns: runs },
    )
  })
})

describe('garbage', () => {
  it('passes whole, is never thrown at, and waits within its bound', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(stripping, asked, messages),
        fc.constantFrom(events, document),
        anyGarbage,
        anyCuts,
        (prepared, head, bytes, cuts) => {
          const meter = createMeter(prepared)
          meter.head(200, head)
          let waiting = 0
          for (const chunk of cutAt(bytes, cuts)) waiting += chunk.length - (meter.push(chunk)?.length ?? 0)
          expect(waiting).toBeLessThanOrEqual(heldBytesMax)
          const taken =
            bytes.length - reference(bytes, prepared.stripUsage && head === events).forwarded.length
          expect(waiting - (meter.end()?.length ?? 0)).toBe(taken)
          expect(Number.isSafeInteger(meter.seenTokens())).toBe(true)
        },
      ),
      { numRuns: runs },
    )
  })
})
