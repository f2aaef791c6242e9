import { describe, expect, it } from 'vitest'
import { heldBytesMax } from '../../../src/gateway/metering/event-stream.ts'
import { usageBytesMax } from '../../../src/gateway/metering/json-watch.ts'
import { createMeter } from '../../../src/gateway/metering/meter.ts'
import type { Meter } from '../../../src/gateway/metering/meter.ts'
import { document, events, pass, request } from './passing.ts'

const chat = request('/v1/chat/completions')
const mebibyte = 1_048_576

function begun(head: Buffer[]): Meter {
  const meter = createMeter(chat)
  meter.head(200, head)
  return meter
}

/** Pushes the same chunk over and over. @returns what was kept from the client, bytes */
function pushMuch(meter: Meter, chunk: Buffer, times: number): number {
  let kept = 0
  for (let n = 0; n < times; n++) kept += chunk.length - (meter.push(chunk)?.length ?? 0)
  return kept
}

describe('a line without an end', () => {
  it.each([
    ['in an event', events, 'data: {"choices":[],"usage":{"prompt_tokens":"'],
    ['in a document', document, '{"usage":{"prompt_tokens":"'],
    ['in a name', events, 'data'],
  ])('passes, and leaves nothing behind: %s', (_, head, start) => {
    const meter = begun(head)
    meter.push(Buffer.from(start))
    const before = process.memoryUsage().arrayBuffers
    const kept = pushMuch(meter, Buffer.alloc(mebibyte, 'a'), 64)
    // What the collector has not taken yet is in it too.
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(16 * mebibyte)
    expect(kept).toBeLessThanOrEqual(heldBytesMax)
  })
})

describe('an event longer than may be held', () => {
  const usage = { prompt_tokens: 1, completion_tokens: 2 }
  const long = `data: ${JSON.stringify({ choices: [], pad: 'x'.repeat(heldBytesMax), usage })}\n\n`

  it('passes in pieces, and is read all the same', () => {
    const pieces = long.match(/[^]{1,4000}/g)?.map((piece) => Buffer.from(piece)) ?? []
    const { forwarded, usage: reported } = pass(chat, events, pieces)
    expect(forwarded.toString()).toBe(long)
    expect(reported).toMatchObject({ inputTokens: 1, outputTokens: 2, complete: true })
  })

  it('does not keep the next one from being taken out', () => {
    const short = `data: ${JSON.stringify({ choices: [], usage })}\n\n`
    const pieces = [long.slice(0, 9000), long.slice(9000, 80_000), long.slice(80_000) + short]
    const { forwarded } = pass(
      chat,
      events,
      pieces.map((piece) => Buffer.from(piece)),
    )
    expect(forwarded.toString()).toBe(long)
  })
})

it('does not believe a report that is longer than any', () => {
  const usage = { pad: 'x'.repeat(usageBytesMax), prompt_tokens: 1, completion_tokens: 2 }
  const body = Buffer.from(JSON.stringify({ usage }))
  expect(pass(chat, document, [body]).usage).toBeNull()
  expect(pass(chat, document, [body.subarray(0, 10_000), body.subarray(10_000)]).usage).toBeNull()
})

it('hands the same bytes on, not a copy, where nothing is held', () => {
  const chunk = Buffer.from('data: {"choices":[{}]}\n\n')
  expect(begun(events).push(chunk)).toBe(chunk)
})

it('keeps copies: the socket may use its buffer again', () => {
  const meter = begun(events)
  const text = 'data: {"choices":[{"delta":{"content":"Grüezi"}}]}\n\n'
  const chunk = Buffer.from(text.slice(0, 30))
  expect(meter.push(chunk)).toBeNull()
  chunk.fill('!')
  expect(meter.push(Buffer.from(text.slice(30)))?.toString()).toBe(text)
})
