/** What the bench's upstream answers, and what its clients therefore must get: nothing unchecked counts. */

const usage = { prompt_tokens: 12, completion_tokens: 30, total_tokens: 42 }
const text =
  'An answer of a length that chat models give when they are asked for a sentence or two: it says what it has to say, and ends.'

export const answerBody = JSON.stringify({
  id: 'chatcmpl-bench',
  object: 'chat.completion',
  created: 1_700_000_000,
  model: 'json',
  choices: [{ index: 0, message: { role: 'assistant', content: text }, finish_reason: 'stop' }],
  usage,
})

export const jsonAnswer = Buffer.from(
  `HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: ${answerBody.length}\r\n\r\n${answerBody}`,
)

export const streamHead =
  'HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ncache-control: no-cache\r\ntransfer-encoding: chunked\r\n\r\n'

const event = (value: object): string => `data: ${JSON.stringify(value)}\n\n`
const base = {
  id: 'chatcmpl-bench',
  object: 'chat.completion.chunk',
  created: 1_700_000_000,
  model: 'stream',
}

export const streamEvents: readonly string[] = text
  .split(' ')
  .slice(0, 10)
  .map((word) =>
    event({ ...base, choices: [{ index: 0, delta: { content: `${word} ` }, finish_reason: null }] }),
  )

/** As an API ends a stream whose client asked for its usage, which all of the bench's do: nobody has anything to strip. */
export const streamTail = `${event({ ...base, choices: [{ index: 0, delta: {}, finish_reason: 'stop' }] })}${event({ ...base, choices: [], usage })}data: [DONE]\n\n`

export const streamBody = streamEvents.join('') + streamTail

const floodEvent = event({
  ...base,
  choices: [{ index: 0, delta: { content: 'x'.repeat(900) }, finish_reason: null }],
})
const floodText = floodEvent.repeat(8)

/** A stream of 16 MB. */
export const flood = {
  chunk: Buffer.from(`${floodText.length.toString(16)}\r\n${floodText}\r\n`),
  count: Math.ceil((16 * 1024 * 1024) / floodText.length),
}

export const hangStart = `${streamHead}${(streamEvents[0] ?? '').length.toString(16)}\r\n${streamEvents[0]}\r\n`
