import type { Making } from './making.ts'
import { event, type Piece, type Script, streamed, whole } from './script.ts'
import { countTokens, type SimulatedText, simulatedText } from './words.ts'

/** `POST /v1/messages` */
export function messages(making: Making): Script {
  const { asked } = making
  const text = simulatedText(asked.prompt, asked.tokensMax)
  return asked.stream ? streamed(events(making, text)) : whole(200, message(making, text), text.tokens.length)
}

/** `POST /v1/messages/count_tokens` */
export function messageTokens({ asked }: Making): Script {
  return whole(200, { input_tokens: countTokens(asked.prompt) })
}

function message(making: Making, text: SimulatedText): object {
  return {
    ...head(making),
    content: [{ type: 'text', text: text.tokens.join('') }],
    stop_reason: stopOf(text),
    usage: usage(making, text.tokens.length),
  }
}

/** The output tokens of the last `message_delta` are those of the whole message, those of `message_start` included. */
function* events(making: Making, text: SimulatedText): Generator<Piece> {
  const next = (type: string, more: object = {}, tokens = 0): Piece =>
    event({ type, ...more }, { name: type, tokens })
  yield next('message_start', {
    message: { ...head(making), content: [], stop_reason: null, usage: usage(making, 1) },
  })
  yield next('content_block_start', { index: 0, content_block: { type: 'text', text: '' } })
  yield next('ping')
  for (const token of text.tokens)
    yield next('content_block_delta', { index: 0, delta: { type: 'text_delta', text: token } }, 1)
  yield next('content_block_stop', { index: 0 })
  yield next('message_delta', {
    delta: { stop_reason: stopOf(text), stop_sequence: null },
    usage: { output_tokens: text.tokens.length },
  })
  yield next('message_stop')
}

function head({ id, model }: Making): object {
  return { id: id('msg_'), type: 'message', role: 'assistant', model, stop_sequence: null }
}

function usage({ asked }: Making, outputTokens: number): object {
  return {
    input_tokens: countTokens(asked.prompt),
    cache_creation_input_tokens: 0,
    cache_read_input_tokens: 0,
    output_tokens: outputTokens,
  }
}

function stopOf({ cut }: SimulatedText): string {
  return cut ? 'max_tokens' : 'end_turn'
}
