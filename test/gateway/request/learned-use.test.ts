import { describe, expect, it } from 'vitest'
import type { Usage } from '../../../src/gateway/metering/meter.ts'
import { noEstimate } from '../../../src/gateway/request/estimate.ts'
import { createLearnedUse } from '../../../src/gateway/request/learned-use.ts'
import type { LearnedUse } from '../../../src/gateway/request/learned-use.ts'
import type { Prepared } from '../../../src/gateway/request/prepare.ts'

const asked = (model: string, more: Partial<Prepared> = {}): Prepared => ({
  ...noEstimate,
  ok: true,
  endpoint: { id: 'chat', dialect: 'openai', method: 'POST', charged: true },
  model,
  stream: false,
  body: null,
  stripUsage: false,
  textBytes: 1000,
  ...more,
})
const used = (inputTokens: number, outputTokens: number, complete = true): Usage => ({
  inputTokens,
  outputTokens,
  totalTokens: inputTokens + outputTokens,
  complete,
})

function learn(learned: LearnedUse, times: number, prepared: Prepared, usage: Usage): void {
  for (let n = 0; n < times; n++) learned.learn(prepared, usage)
}

describe('what is learned of a model', () => {
  it('comes near to what it uses, half of the way in five calls', () => {
    const learned = createLearnedUse()
    learn(learned, 5, asked('m'), used(500, 0))
    expect(learned.expected('m').outputTokens / 512).toBeCloseTo(0.5, 1)
    learn(learned, 60, asked('m'), used(500, 0))
    expect(learned.expected('m').outputTokens).toBeLessThan(1)
    expect(learned.expected('m').tokensPerByte).toBeCloseTo(0.5, 2)
    expect(learned.expected('other')).toEqual({ outputTokens: 512, tokensPerByte: 0.25 })
  })

  it('is of one answer, where several were asked for', () => {
    const learned = createLearnedUse()
    learn(learned, 80, asked('m', { choices: 4 }), used(250, 400))
    expect(learned.expected('m').outputTokens).toBeCloseTo(100, 0)
  })

  it.each([
    ['broken off', asked('m'), used(9000, 9000, false)],
    ['without a model', asked('m', { model: null }), used(9000, 9000)],
  ])('is nothing from what was %s', (_, prepared, usage) => {
    const learned = createLearnedUse()
    learned.learn(prepared, usage)
    expect(learned.expected('m')).toEqual({ outputTokens: 512, tokensPerByte: 0.25 })
  })

  it('is nothing about text from pictures, or from a few bytes', () => {
    const learned = createLearnedUse()
    learn(learned, 50, asked('m', { textBytes: 0 }), used(90_000, 5))
    learn(learned, 50, asked('m', { textBytes: 100 }), used(90_000, 5))
    expect(learned.expected('m').tokensPerByte).toBe(0.25)
  })

  it('stays sane, whatever is reported', () => {
    const learned = createLearnedUse()
    learn(learned, 200, asked('m'), used(100_000_000, 100_000_000))
    expect(learned.expected('m').outputTokens).toBeLessThanOrEqual(100_000)
    expect(learned.expected('m').tokensPerByte).toBeLessThanOrEqual(2)
  })

  it('is forgotten of the models not seen for longest', () => {
    const learned = createLearnedUse()
    learn(learned, 1, asked('first'), used(1, 1))
    learn(learned, 1, asked('second'), used(1, 1))
    for (let n = 0; n < 255; n++) {
      learn(learned, 1, asked('first'), used(1, 1))
      learn(learned, 1, asked(`m${n}`), used(1, 1))
    }
    expect(learned.expected('second').outputTokens).toBe(512)
    expect(learned.expected('first').outputTokens).toBeLessThan(512)
  })
})
