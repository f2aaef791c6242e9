/** What of a request's body a simulated LLM looks at, whichever API it is of. */
export interface Asked {
  model: string
  stream: boolean
  /** All the text in it. */
  prompt: string
  /** Of the answer. */
  tokensMax: number
  body: Readonly<Record<string, unknown>>
}

export const simulatedLimits = {
  /** Tokens of one answer: longer ones would show nothing more. */
  answerTokensMax: 4096,
  choicesMax: 8,
  embeddingInputsMax: 2048,
  /** Characters of a prompt that are looked at and counted: a simulation holds up nobody who is at work. */
  promptCharsMax: 256 * 1024,
  /** How deep in a body text is looked for. */
  levelsMax: 8,
}

/** @returns what is wrong with it, if anything, in the words of the real APIs */
export function readAsked(body: Buffer | null, required: string): Asked | string {
  const value = parsed(body)
  if (value === null) return 'We could not parse the JSON body of your request.'
  const { model, stream } = value
  if (typeof model !== 'string' || model === '') return 'you must provide a model parameter'
  if (value[required] === undefined) return `Missing required parameter: '${required}'.`
  const told = [value['system'], value['instructions'], value[required]]
  return {
    model,
    stream: stream === true,
    prompt: told
      .map((part) => textIn(part, 0))
      .join('\n')
      .trim()
      .slice(0, simulatedLimits.promptCharsMax),
    tokensMax: tokensMaxOf(value),
    body: value,
  }
}

function parsed(body: Buffer | null): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(String(body ?? ''))
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : null
  } catch {
    return null
  }
}

function tokensMaxOf(body: Record<string, unknown>): number {
  const asked = body['max_completion_tokens'] ?? body['max_output_tokens'] ?? body['max_tokens']
  const max = typeof asked === 'number' && asked >= 1 ? Math.floor(asked) : Infinity
  return Math.min(max, simulatedLimits.answerTokensMax)
}

/** Text as a string, or as parts with `text` or `content` of their own; pictures and sounds say nothing here. */
function textIn(value: unknown, level: number): string {
  if (typeof value === 'string') return value
  if (typeof value !== 'object' || value === null || level > simulatedLimits.levelsMax) return ''
  if (Array.isArray(value)) return value.map((part) => textIn(part, level + 1)).join('\n')
  const part = value as Record<string, unknown>
  return textIn(part['text'] ?? part['content'] ?? part['output'], level + 1)
}
