import type { BodyFields } from './body-fields.ts'
import type { EndpointId } from './endpoint.ts'
import type { Expected } from './learned-use.ts'

/** All 0 where nothing is charged. */
export interface Estimate {
  /** Guessed, tokens. */
  inputTokens: number
  /** Guessed, tokens, of all the answers asked for. */
  outputTokens: number
  /** Input and output: what is reserved where the unit is a token. */
  estimateTokens: number
  /** Bytes of text from which `inputTokens` was guessed; 0 where a picture makes that no measure. */
  textBytes: number
  /** Answers asked for (`n`), at least 1. */
  choices: number
}

export const noEstimate: Estimate = {
  inputTokens: 0,
  outputTokens: 0,
  estimateTokens: 0,
  textBytes: 0,
  choices: 1,
}

/** A picture of ordinary size costs this with the large providers; its base64 says nothing of it. */
const tokensPerBlob = 1000

/**
 * What a request will probably cost. Input: by the length of its text. Output: what the model's answers lately came to, or the
 * request's own bound when that is lower. The bound alone would reserve ten or a hundred times too much: clients of an API that
 * demands one ask for the largest.
 */
export function estimate(
  id: EndpointId,
  bodyBytes: number,
  fields: BodyFields,
  expected: Expected,
): Estimate {
  const { scan, choices, outputMax } = fields
  const textBytes = bodyBytes - scan.blobBytes
  const inputTokens = Math.ceil(textBytes * expected.tokensPerByte) + scan.blobs * tokensPerBlob
  const answer = Math.ceil(Math.min(outputMax ?? Infinity, expected.outputTokens))
  const outputTokens = id === 'embeddings' ? 0 : choices * answer
  return {
    inputTokens,
    outputTokens,
    estimateTokens: inputTokens + outputTokens,
    textBytes: scan.blobs === 0 ? textBytes : 0,
    choices,
  }
}
