import type { Usage } from '../metering/meter.ts'
import type { Prepared } from './prepare.ts'

/** What is expected of a model, from what it lately used. */
export interface Expected {
  /** Of one answer. */
  outputTokens: number
  tokensPerByte: number
}

/** A model's past, kept in memory for a bounded number of models. */
export interface LearnedUse {
  expected(model: string): Expected
  /** Only what an upstream reported to the end teaches anything. */
  learn(prepared: Prepared, usage: Usage): void
}

/** Models come from clients: the ones not seen for longest make room. */
const modelsMax = 256

/** Half of what is expected comes from the last five calls (1 − 0.87⁵ ≈ 0.5). */
const weightOfLast = 0.13

/**
 * Before anything was learned. Answers of agents are mostly a few hundred tokens, whatever `max_tokens` allows; four bytes a
 * token is what the providers' own documents say of English.
 */
const atFirst: Expected = { outputTokens: 512, tokensPerByte: 0.25 }

/** Wider than any tokenizer and text, so that a lying report cannot make estimates absurd. */
const tokensPerByteRange = { min: 0.02, max: 2 }
const outputTokensMax = 100_000

/** Exponentially weighted means, a model each. */
export function createLearnedUse(): LearnedUse {
  const byModel = new Map<string, Expected>()

  return {
    expected: (model) => byModel.get(model) ?? atFirst,
    learn(prepared, usage) {
      const { model } = prepared
      if (model === null || !usage.complete) return
      const before = byModel.get(model)
      byModel.delete(model)
      byModel.set(model, toward(before ?? atFirst, prepared, usage))
      const [oldest] = byModel.keys()
      if (byModel.size > modelsMax && oldest !== undefined) byModel.delete(oldest)
    },
  }
}

function toward(before: Expected, prepared: Prepared, usage: Usage): Expected {
  const answer = Math.min(outputTokensMax, usage.outputTokens / prepared.choices)
  return {
    outputTokens: mix(before.outputTokens, answer),
    tokensPerByte:
      prepared.textBytes < textBytesMin
        ? before.tokensPerByte
        : mix(before.tokensPerByte, clamped(usage.inputTokens / prepared.textBytes)),
  }
}

/** In a shorter body the frame of the JSON weighs more than the text. */
const textBytesMin = 200

function mix(before: number, last: number): number {
  return before + weightOfLast * (last - before)
}

function clamped(tokensPerByte: number): number {
  return Math.min(tokensPerByteRange.max, Math.max(tokensPerByteRange.min, tokensPerByte))
}
