import type { StreamEvent } from './server-sent-events.ts'
import { someText, wordsOf, type Tokens } from './tokens.ts'

/*
 * The shapes of OpenAI's API, as its reference shows them.
 * https://platform.openai.com/docs/api-reference
 */

type Body = Record<string, unknown>

const made = 1_790_000_000

interface ToolCall {
  id: string
  name: string
  arguments: string
}

/** Asks for the first tool that it is offered, once: until the conversation holds a tool's answer. */
function toolCallOf(body: Body): ToolCall | null {
  const tools = body['tools'] as { name?: string; function?: { name: string } }[] | undefined
  const said = JSON.stringify(body['messages'] ?? body['input'])
  const [tool] = tools ?? []
  const name = tool?.function?.name ?? tool?.name
  if (name === undefined || /"role":"tool"|"function_call_output"/.test(said)) return null
  return { id: 'call_1', name, arguments: '{"city":"Zürich"}' }
}

function chatUsage({ input, output }: Tokens): object {
  return {
    prompt_tokens: input,
    completion_tokens: output,
    total_tokens: input + output,
    prompt_tokens_details: { cached_tokens: 0 },
  }
}

export function chatCompletion(body: Body, tokens: Tokens): object {
  const call = toolCallOf(body)
  const message =
    call === null
      ? { role: 'assistant', content: someText, refusal: null }
      : { role: 'assistant', content: null, refusal: null, tool_calls: [chatToolCall(call)] }
  return {
    id: 'chatcmpl-1',
    object: 'chat.completion',
    created: made,
    model: body['model'],
    choices: [{ index: 0, message, logprobs: null, finish_reason: call === null ? 'stop' : 'tool_calls' }],
    usage: chatUsage(tokens),
    system_fingerprint: 'fp_1',
  }
}

function chatToolCall({ id, name, arguments: text }: ToolCall): object {
  return { id, type: 'function', function: { name, arguments: text } }
}

/** With a chunk for the usage, and `usage: null` before it, only where that was asked for. */
export function chatChunks(body: Body, tokens: Tokens): StreamEvent[] {
  const options = body['stream_options'] as { include_usage?: boolean } | undefined
  const asked = options?.include_usage === true
  const chunk = (choices: object[], usage: object | null): StreamEvent => ({
    data: {
      id: 'chatcmpl-1',
      object: 'chat.completion.chunk',
      created: made,
      model: body['model'],
      choices,
      ...(asked ? { usage } : {}),
    },
  })
  const call = toolCallOf(body)
  const deltas = call === null ? textDeltas() : toolDeltas(call)
  return [
    ...deltas.map((delta) => chunk([{ index: 0, delta, logprobs: null, finish_reason: null }], null)),
    chunk([{ index: 0, delta: {}, logprobs: null, finish_reason: call ? 'tool_calls' : 'stop' }], null),
    ...(asked ? [chunk([], chatUsage(tokens))] : []),
    { data: '[DONE]' },
  ]
}

function textDeltas(): object[] {
  return [{ role: 'assistant', content: '' }, ...wordsOf(someText).map((content) => ({ content }))]
}

function toolDeltas(call: ToolCall): object[] {
  const { id, name, arguments: text } = call
  const middle = Math.ceil(text.length / 2)
  return [
    {
      role: 'assistant',
      content: null,
      tool_calls: [{ index: 0, id, type: 'function', function: { name, arguments: '' } }],
    },
    ...[text.slice(0, middle), text.slice(middle)].map((part) => ({
      tool_calls: [{ index: 0, function: { arguments: part } }],
    })),
  ]
}

export function completion(body: Body, tokens: Tokens): object {
  return {
    id: 'cmpl-1',
    object: 'text_completion',
    created: made,
    model: body['model'],
    choices: [{ index: 0, text: someText, logprobs: null, finish_reason: 'stop' }],
    usage: chatUsage(tokens),
  }
}

export function completionChunks(body: Body, tokens: Tokens): StreamEvent[] {
  const options = body['stream_options'] as { include_usage?: boolean } | undefined
  const asked = options?.include_usage === true
  const chunk = (choices: object[], usage: object | null): StreamEvent => ({
    data: {
      id: 'cmpl-1',
      object: 'text_completion',
      created: made,
      model: body['model'],
      choices,
      ...(asked ? { usage } : {}),
    },
  })
  const words = wordsOf(someText)
  return [
    ...words.map((text, index) =>
      chunk(
        [{ index: 0, text, logprobs: null, finish_reason: index === words.length - 1 ? 'stop' : null }],
        null,
      ),
    ),
    ...(asked ? [chunk([], chatUsage(tokens))] : []),
    { data: '[DONE]' },
  ]
}

export function embeddings(body: Body, { input }: Tokens): object {
  const texts = Array.isArray(body['input']) ? body['input'] : [body['input']]
  const vector = Float32Array.from([0.25, -0.5, 1])
  const encoded = Buffer.from(vector.buffer).toString('base64')
  return {
    object: 'list',
    data: texts.map((_, index) => ({
      object: 'embedding',
      index,
      embedding: body['encoding_format'] === 'base64' ? encoded : [...vector],
    })),
    model: body['model'],
    usage: { prompt_tokens: input, total_tokens: input },
  }
}

export function openaiModel(id: string): object {
  return { id, object: 'model', created: made, owned_by: 'test' }
}

export function openaiModels(ids: readonly string[]): object {
  return { object: 'list', data: ids.map(openaiModel) }
}

/** The error that OpenAI answers with. */
export function openaiError(
  message: string,
  type = 'invalid_request_error',
  code: string | null = null,
): object {
  return { error: { message, type, param: null, code } }
}

export { made, toolCallOf, type Body, type ToolCall }
