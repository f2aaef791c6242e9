import type { StreamEvent } from './server-sent-events.ts'
import { someText, wordsOf, type Tokens } from './tokens.ts'

/*
 * The shapes of Anthropic's API, as its reference shows them.
 * https://docs.claude.com/en/api/messages
 */

type Body = Record<string, unknown>

interface ToolUse {
  type: 'tool_use'
  id: string
  name: string
  input: object
}

/** Asks for the first tool that it is offered, once: until the conversation holds a tool's answer. */
function toolUseOf(body: Body): ToolUse | null {
  const tools = body['tools'] as { name: string }[] | undefined
  const [tool] = tools ?? []
  if (tool === undefined || JSON.stringify(body['messages']).includes('"tool_result"')) return null
  return { type: 'tool_use', id: 'toolu_1', name: tool.name, input: { city: 'Zürich' } }
}

function usageOf(tokens: Tokens): object {
  return {
    input_tokens: tokens.input,
    cache_creation_input_tokens: 0,
    cache_read_input_tokens: 0,
    output_tokens: tokens.output,
    service_tier: 'standard',
  }
}

function messageOf(body: Body, content: object[], stopReason: string | null, tokens: Tokens): object {
  return {
    id: 'msg_1',
    type: 'message',
    role: 'assistant',
    model: body['model'],
    content,
    stop_reason: stopReason,
    stop_sequence: null,
    usage: usageOf(tokens),
  }
}

export function message(body: Body, tokens: Tokens): object {
  const use = toolUseOf(body)
  return use === null
    ? messageOf(body, [{ type: 'text', text: someText }], 'end_turn', tokens)
    : messageOf(body, [use], 'tool_use', tokens)
}

/** The output's tokens are counted up in two `message_delta`s: the last one is the truth. */
export function messageEvents(body: Body, tokens: Tokens): StreamEvent[] {
  const use = toolUseOf(body)
  const stop = use === null ? 'end_turn' : 'tool_use'
  const delta = (stopReason: string | null, outputTokens: number) =>
    eventOf('message_delta', {
      delta: { stop_reason: stopReason, stop_sequence: null },
      usage: { output_tokens: outputTokens },
    })
  return [
    eventOf('message_start', { message: messageOf(body, [], null, { ...tokens, output: 1 }) }),
    eventOf('content_block_start', {
      index: 0,
      content_block: use === null ? { type: 'text', text: '' } : { ...use, input: {} },
    }),
    eventOf('ping', {}),
    ...deltasOf(use).map((each) => eventOf('content_block_delta', { index: 0, delta: each })),
    eventOf('content_block_stop', { index: 0 }),
    delta(null, Math.ceil(tokens.output / 2)),
    delta(stop, tokens.output),
    eventOf('message_stop', {}),
  ]
}

function deltasOf(use: ToolUse | null): object[] {
  if (use === null) return wordsOf(someText).map((text) => ({ type: 'text_delta', text }))
  return JSON.stringify(use.input)
    .split(/(?<=:)/)
    .map((part) => ({ type: 'input_json_delta', partial_json: part }))
}

function eventOf(type: string, more: object): StreamEvent {
  return { event: type, data: { type, ...more } }
}

export function countTokens(tokens: Tokens): object {
  return { input_tokens: tokens.input }
}

export function anthropicModel(id: string): object {
  return { type: 'model', id, display_name: id, created_at: '2026-01-01T00:00:00Z' }
}

export function anthropicModels(ids: readonly string[]): object {
  return {
    data: ids.map(anthropicModel),
    has_more: false,
    first_id: ids[0] ?? null,
    last_id: ids.at(-1) ?? null,
  }
}

/** The error that Anthropic answers with. */
export function anthropicError(text: string, type = 'invalid_request_error'): object {
  return { type: 'error', error: { type, message: text }, request_id: 'req_1' }
}
