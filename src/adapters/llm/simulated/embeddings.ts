import { simulatedLimits } from './asked.ts'
import type { Making } from './making.ts'
import { type Script, whole } from './script.ts'
import { countTokens, diceOf } from './words.ts'

const dimensionsUsual = 1536
const dimensionsMax = 4096

/** `POST /v1/embeddings`: the same text has the same vector, of length 1; near texts are not near. */
export function embeddings({ asked, model }: Making): Script {
  const inputs = inputsOf(asked.body['input']).slice(0, simulatedLimits.embeddingInputsMax)
  const dimensions = dimensionsOf(asked.body['dimensions'])
  const base64 = asked.body['encoding_format'] === 'base64'
  const tokens = inputs.reduce((sum, input) => sum + countTokens(input), 0)
  const data = inputs.map((input, index) => {
    const vector = unitVector(input, dimensions)
    return { object: 'embedding', index, embedding: base64 ? packed(vector) : Array.from(vector) }
  })
  return whole(200, { object: 'list', data, model, usage: { prompt_tokens: tokens, total_tokens: tokens } })
}

/** A text, or several; or the numbers of tokens, which are as good a text as any here. */
function inputsOf(input: unknown): string[] {
  if (!Array.isArray(input)) return [String(input)]
  return input.every((part) => typeof part === 'number') ? [input.join(' ')] : input.map(String)
}

function dimensionsOf(asked: unknown): number {
  return typeof asked === 'number' && asked >= 1
    ? Math.min(Math.floor(asked), dimensionsMax)
    : dimensionsUsual
}

function unitVector(text: string, dimensions: number): Float32Array {
  const dice = diceOf(text)
  const vector = Float32Array.from({ length: dimensions }, () => dice(2001) / 1000 - 1)
  const length = Math.hypot(...vector) || 1
  return vector.map((value) => value / length)
}

function packed(vector: Float32Array): string {
  return Buffer.from(vector.buffer, vector.byteOffset, vector.byteLength).toString('base64')
}
