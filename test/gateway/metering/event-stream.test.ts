import { describe, expect, it } from 'vitest'
import { EventStream } from '../../../src/gateway/metering/event-stream.ts'

/** The data of each event, in a stream that takes out those whose data is `out`. */
function read(...chunks: string[]): { data: string[]; forwarded: string[] } {
  const data: string[] = []
  let text = ''
  const stream = new EventStream(
    {
      data: (bytes, from, to) => (text += bytes.toString('latin1', from, to)),
      ended: () => {
        const taken = text === 'out'
        data.push(text)
        text = ''
        return taken
      },
    },
    true,
  )
  const forwarded = chunks.map((chunk) => String(stream.push(Buffer.from(chunk, 'latin1')) ?? ''))
  forwarded.push(String(stream.end() ?? ''))
  return { data, forwarded }
}

describe('EventStream', () => {
  it.each([
    ['LF', 'data: a\n\ndata: b\n\n', ['a', 'b']],
    ['CRLF', 'data: a\r\n\r\ndata: b\r\n\r\n', ['a', 'b']],
    ['CR', 'data: a\r\rdata: b\r\r', ['a', 'b']],
    ['no space', 'data:a\n\n', ['a']],
    ['two spaces', 'data:  a\n\n', [' a']],
    ['several lines', 'data: a\ndata: b\n\n', ['a\nb']],
    ['other fields', 'event: x\nid: 1\ndata: a\nretry: 5\n\n', ['a']],
    ['comments', ': hi\n\n:\ndata: a\n: more\n\n', ['a']],
    ['names that begin alike', 'dat: x\ndatas: y\ndata: a\n\n', ['a']],
    ['no data', 'event: x\n\n', []],
    ['no last blank line', 'data: a', ['a']],
    ['a byte order mark', '\xef\xbb\xbfdata: a\n\n', ['a']],
    ['half a mark', '\xef\xbbdata: a\n\ndata: b\n\n', ['b']],
    ['nothing', '', []],
  ])('reads events with %s', (_, text, data) => {
    expect(read(text).data).toEqual(data)
    expect(read(...text.split('')).data).toEqual(data)
    expect(read(text).forwarded.join('')).toBe(Buffer.from(text, 'latin1').toString())
  })

  it.each([
    ['LF', 'data: a\n\ndata: out\n\ndata: b\n\n', 'data: a\n\ndata: b\n\n'],
    ['CRLF', 'data: out\r\n\r\ndata: b\r\n\r\n', 'data: b\r\n\r\n'],
    ['CR, and a blank line more', 'data: out\r\r\r\ndata: b\r\r', '\r\ndata: b\r\r'],
    ['its fields', 'id: 7\nevent: x\ndata: out\n\ndata: b\n\n', 'data: b\n\n'],
    ['but not the comment before it', ': hi\ndata: out\n\ndata: b\n\n', ': hi\ndata: b\n\n'],
    ['at the end without a blank line', 'data: b\n\ndata: out', 'data: b\n\n'],
  ])('takes an event out with %s', (_, text, rest) => {
    expect(read(text).forwarded.join('')).toBe(rest)
    expect(read(...text.split('')).forwarded.join('')).toBe(rest)
  })

  it('lets a comment pass at once, and holds an event until its end', () => {
    expect(read(': ping\n', 'da', 'ta: b', '\n', '\n').forwarded).toEqual([
      ': ping\n',
      '',
      '',
      '',
      'data: b\n\n',
      '',
    ])
  })
})
