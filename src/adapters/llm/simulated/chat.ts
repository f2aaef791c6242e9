import { simulatedLimits } from './asked.ts'
import type { Making } from './making.ts'
import { event, type Piece, type Script, streamed, whole } from './script.ts'
import { countTokens, type SimulatedText, simulatedText } from './words.ts'

/** `POST /v1/chat/completions` */
export function chat(making: Making): Script {
  return choicesOf(making, {
    object: 'chat.completion',
    chunkObject: 'chat.completion.chunk',
    idPrefix: 'chatcmpl-',
    opening: { delta: { role: 'assistant', content: '' } },
    piece: (content) => ({ delta: { content } }),
    closing: { delta: {} },
    whole: (content) => ({ message: { role: 'assistant', content, refusal: null } }),
  })
}

/** `POST /v1/completions` */
export function completions(making: Making): Script {
  return choicesOf(making, {
    object: 'text_completion',
    chunkObject: 'text_completion',
    idPrefix: 'cmpl-',
    opening: null,
    piece: (text) => ({ text }),
    closing: { text: '' },
    whole: (text) => ({ text }),
  })
}

/** In what the two differ. */
interface Shape {
  object: string
  chunkObject: string
  idPrefix: string
  opening: object | null
  piece(text: string): object
  closing: object
  whole(text: string): object
}

function choicesOf(making: Making, shape: Shape): Script {
  const texts = textsOf(making)
  const usage = usageOf(making.asked.prompt, texts)
  if (making.asked.stream) return streamed(chunks(making, shape, texts, usage))
  const choices = texts.map((text, index) =>
    Object.assign(shape.whole(text.tokens.join('')), {
      index,
      logprobs: null,
      finish_reason: finishOf(text),
    }),
  )
  return whole(
    200,
    { ...headOf(making, shape.idPrefix, shape.object), choices, usage },
    usage.completion_tokens,
  )
}

function* chunks(making: Making, shape: Shape, texts: SimulatedText[], usage: object): Generator<Piece> {
  const withUsage = asksForUsage(making.asked.body)
  const head = headOf(making, shape.idPrefix, shape.chunkObject)
  const chunk = (index: number, delta: object, finish: string | null, tokens: number): Piece => {
    const choices = [{ index, ...delta, logprobs: null, finish_reason: finish }]
    return event({ ...head, choices, ...(withUsage ? { usage: null } : {}) }, { tokens })
  }
  for (const [index, text] of texts.entries()) {
    if (shape.opening !== null) yield chunk(index, shape.opening, null, 0)
    for (const token of text.tokens) yield chunk(index, shape.piece(token), null, 1)
    yield chunk(index, shape.closing, finishOf(text), 0)
  }
  if (withUsage) yield event({ ...head, choices: [], usage })
  yield { bytes: 'data: [DONE]\n\n', tokens: 0 }
}

function headOf({ id, createdS, model }: Making, idPrefix: string, object: string): object {
  return { id: id(idPrefix), object, created: createdS, model, system_fingerprint: 'fp_simulated' }
}

/** Each further choice is of a prompt of its own, lest all say the same. */
function textsOf({ asked }: Making): SimulatedText[] {
  const n = asked.body['n']
  const count = typeof n === 'number' ? Math.min(Math.max(1, Math.floor(n)), simulatedLimits.choicesMax) : 1
  return Array.from({ length: count }, (_, index) =>
    simulatedText(`${' '.repeat(index)}${asked.prompt}`, asked.tokensMax),
  )
}

function usageOf(prompt: string, texts: SimulatedText[]) {
  const promptTokens = countTokens(prompt)
  const completionTokens = texts.reduce((sum, { tokens }) => sum + tokens.length, 0)
  return {
    prompt_tokens: promptTokens,
    completion_tokens: completionTokens,
    total_tokens: promptTokens + completionTokens,
  }
}

function finishOf({ cut }: SimulatedText): string {
  return cut ? 'length' : 'stop'
}

function asksForUsage(body: Readonly<Record<string, unknown>>): boolean {
  const options = body['stream_options'] as { include_usage?: unknown } | null | undefined
  return options?.include_usage === true
}
