import type { Making } from './making.ts'
import { event, type Piece, type Script, streamed, whole } from './script.ts'
import { countTokens, type SimulatedText, simulatedText } from './words.ts'

/** `POST /v1/responses` */
export function responses(making: Making): Script {
  const { asked } = making
  const text = simulatedText(asked.prompt, asked.tokensMax)
  const plan: Plan = { making, text, id: making.id('resp_'), itemId: making.id('msg_') }
  return asked.stream ? streamed(events(plan)) : whole(200, ended(plan), text.tokens.length)
}

interface Plan {
  making: Making
  text: SimulatedText
  id: string
  itemId: string
}

function* events(plan: Plan): Generator<Piece> {
  const { text, itemId } = plan
  let sequence = 0
  const next = (type: string, more: object, tokens = 0): Piece =>
    event({ type, sequence_number: sequence++, ...more }, { name: type, tokens })
  const place = { item_id: itemId, output_index: 0, content_index: 0 }
  const all = text.tokens.join('')
  yield next('response.created', { response: response(plan, 'in_progress') })
  yield next('response.in_progress', { response: response(plan, 'in_progress') })
  yield next('response.output_item.added', { output_index: 0, item: item(plan, 'in_progress', []) })
  yield next('response.content_part.added', { ...place, part: part('') })
  for (const delta of text.tokens)
    yield next('response.output_text.delta', { ...place, delta, logprobs: [] }, 1)
  yield next('response.output_text.done', { ...place, text: all, logprobs: [] })
  yield next('response.content_part.done', { ...place, part: part(all) })
  yield next('response.output_item.done', { output_index: 0, item: item(plan, statusOf(text), [part(all)]) })
  yield next(`response.${statusOf(text)}`, { response: ended(plan) })
}

function ended(plan: Plan): object {
  const { text, making } = plan
  const inputTokens = countTokens(making.asked.prompt)
  const outputTokens = text.tokens.length
  return {
    ...response(plan, statusOf(text)),
    incomplete_details: text.cut ? { reason: 'max_output_tokens' } : null,
    output: [item(plan, statusOf(text), [part(text.tokens.join(''))])],
    usage: {
      input_tokens: inputTokens,
      input_tokens_details: { cached_tokens: 0 },
      output_tokens: outputTokens,
      output_tokens_details: { reasoning_tokens: 0 },
      total_tokens: inputTokens + outputTokens,
    },
  }
}

function response({ making, id }: Plan, status: string): object {
  return {
    id,
    object: 'response',
    created_at: making.createdS,
    status,
    error: null,
    incomplete_details: null,
    instructions: making.asked.body['instructions'] ?? null,
    metadata: {},
    model: making.model,
    output: [],
    parallel_tool_calls: true,
    temperature: 1,
    tool_choice: 'auto',
    tools: [],
    top_p: 1,
    usage: null,
  }
}

function item({ itemId }: Plan, status: string, content: object[]): object {
  return { id: itemId, type: 'message', status, role: 'assistant', content }
}

function part(text: string): object {
  return { type: 'output_text', text, annotations: [], logprobs: [] }
}

function statusOf({ cut }: SimulatedText): 'incomplete' | 'completed' {
  return cut ? 'incomplete' : 'completed'
}
