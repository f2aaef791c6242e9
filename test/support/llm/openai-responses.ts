import { made, toolCallOf, type Body, type ToolCall } from './openai-answers.ts'
import type { StreamEvent } from './server-sent-events.ts'
import { someText, wordsOf, type Tokens } from './tokens.ts'

/** https://platform.openai.com/docs/api-reference/responses */
export function response(body: Body, tokens: Tokens): object {
  const call = toolCallOf(body)
  return whole(
    body,
    'completed',
    [call === null ? messageItem(someText) : callItem(call, 'completed')],
    tokens,
  )
}

function whole(body: Body, status: string, output: object[], tokens: Tokens | null): object {
  return {
    id: 'resp_1',
    object: 'response',
    created_at: made,
    status,
    background: false,
    error: null,
    incomplete_details: null,
    instructions: null,
    max_output_tokens: null,
    model: body['model'],
    output,
    parallel_tool_calls: true,
    previous_response_id: null,
    reasoning: { effort: null, summary: null },
    store: true,
    temperature: 1,
    text: { format: { type: 'text' } },
    tool_choice: 'auto',
    tools: body['tools'] ?? [],
    top_p: 1,
    truncation: 'disabled',
    usage: tokens === null ? null : usageOf(tokens),
    user: null,
    metadata: {},
  }
}

function usageOf({ input, output }: Tokens): object {
  return {
    input_tokens: input,
    input_tokens_details: { cached_tokens: 0 },
    output_tokens: output,
    output_tokens_details: { reasoning_tokens: 0 },
    total_tokens: input + output,
  }
}

function textPart(text: string): object {
  return { type: 'output_text', text, annotations: [], logprobs: [] }
}

function messageItem(text: string | null): object {
  return {
    id: 'msg_1',
    type: 'message',
    status: text === null ? 'in_progress' : 'completed',
    role: 'assistant',
    content: text === null ? [] : [textPart(text)],
  }
}

function callItem(call: ToolCall, status: string): object {
  return {
    id: 'fc_1',
    type: 'function_call',
    status,
    call_id: call.id,
    name: call.name,
    arguments: status === 'completed' ? call.arguments : '',
  }
}

export function responseEvents(body: Body, tokens: Tokens): StreamEvent[] {
  const call = toolCallOf(body)
  const item = call === null ? messageItem(someText) : callItem(call, 'completed')
  return [
    { type: 'response.created', response: whole(body, 'in_progress', [], null) },
    { type: 'response.in_progress', response: whole(body, 'in_progress', [], null) },
    ...(call === null ? textEvents() : callEvents(call)),
    { type: 'response.output_item.done', output_index: 0, item },
    { type: 'response.completed', response: whole(body, 'completed', [item], tokens) },
  ].map((data, index) => ({ event: data.type, data: { ...data, sequence_number: index } }))
}

function textEvents(): { type: string }[] {
  const place = { item_id: 'msg_1', output_index: 0, content_index: 0 }
  return [
    eventOf('response.output_item.added', { output_index: 0, item: messageItem(null) }),
    eventOf('response.content_part.added', { ...place, part: textPart('') }),
    ...wordsOf(someText).map((delta) =>
      eventOf('response.output_text.delta', { ...place, delta, logprobs: [] }),
    ),
    eventOf('response.output_text.done', { ...place, text: someText, logprobs: [] }),
    eventOf('response.content_part.done', { ...place, part: textPart(someText) }),
  ]
}

function callEvents(call: ToolCall): { type: string }[] {
  const place = { item_id: 'fc_1', output_index: 0 }
  return [
    eventOf('response.output_item.added', { output_index: 0, item: callItem(call, 'in_progress') }),
    ...call.arguments
      .split(/(?<=:)/)
      .map((delta) => eventOf('response.function_call_arguments.delta', { ...place, delta })),
    eventOf('response.function_call_arguments.done', {
      ...place,
      name: call.name,
      arguments: call.arguments,
    }),
  ]
}

function eventOf(type: string, more: object): { type: string } {
  return { type, ...more }
}
