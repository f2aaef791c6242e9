import * as fc from 'fast-check'

/** Streams as an upstream might send them: any ends of lines, comments, fields, data on several lines, no last blank line. */
const lineEnd = fc.constantFrom('\n', '\n', '\r\n', '\r')
const text = fc.string({ unit: 'grapheme', maxLength: 12 })
const tricky = fc.constantFrom(
  '"usage":{"prompt_tokens":9}',
  '{"usage":{',
  '[DONE]',
  'data: ',
  '\\',
  '"',
  '\n',
  '😀',
)
const words = fc.oneof(text, tricky)

const count = fc.nat(5000)
const usage = fc.record({ prompt_tokens: count, completion_tokens: count })
const delta = words.map((content) => ({ id: 'x', choices: [{ index: 0, delta: { content } }], usage: null }))
const withUsage = fc
  .tuple(delta, usage)
  .map(([chunk, reported]) => Object.assign({}, chunk, { usage: reported }))
const usageOnly = usage.map((reported) => ({ id: 'x', choices: [], usage: reported }))
const filtered = fc.constant({
  id: '',
  choices: [],
  prompt_filter_results: [{ prompt_index: 0 }],
  usage: null,
})
const nested = usage.map((reported) => ({
  choices: [{ tool: { usage: reported }, choices: [] }],
  tools: [{ usage: reported }],
}))
const json = fc.oneof(delta, delta, withUsage, usageOnly, filtered, nested)

const data = fc
  .tuple(json, fc.constantFrom(undefined, 1, '\t'))
  .map(([value, indent]) => JSON.stringify(value, null, indent).split('\n'))
const dataLines = fc
  .tuple(
    fc.oneof({ weight: 8, arbitrary: data }, { weight: 1, arbitrary: fc.constant(['[DONE]']) }),
    fc.constantFrom('data: ', 'data:'),
  )
  .map(([lines, name]) => lines.map((line) => name + line))
const otherLine: fc.Arbitrary<string> = fc.constantFrom(
  ': ping',
  ':',
  'event: message',
  'id: 1',
  'retry: 10',
  'dat: x',
  'datas: y',
  'data',
)
const event = fc
  .tuple(
    fc.array(otherLine, { maxLength: 2 }),
    dataLines,
    fc.array(otherLine, { maxLength: 1 }),
    fc.array(fc.constant(''), { maxLength: 1 }),
  )
  .map(([before, lines, after, blank]) => before.concat(lines, after, '', blank))
const lines = fc.array(event, { maxLength: 8 }).map((events) => events.flat())

export const anyStream: fc.Arbitrary<Buffer> = fc
  .tuple(fc.constantFrom('', '\uFEFF'), lines, fc.infiniteStream(lineEnd), fc.nat(3))
  .map(([mark, all, ends, cut]) => {
    const whole = Buffer.from(
      all.reduce((before, line) => before + line + endAfter(before, line, ends.next().value), mark),
    )
    return whole.subarray(0, whole.length - Math.min(cut, lineEndsAtEnd(whole)))
  })

function lineEndsAtEnd(bytes: Buffer): number {
  return /[\r\n]*$/.exec(bytes.toString('latin1'))?.[0].length ?? 0
}

/** A blank line between CR and LF would be none: together they end one line. */
function endAfter(before: string, line: string, end: string): string {
  return line === '' && end === '\n' && before.endsWith('\r') ? '\r' : end
}

/** Bytes that mean something to a parser, in no order. */
const pieces = [
  'data:',
  'data: ',
  '\n',
  '\r',
  '\n\n',
  '{',
  '}',
  '[',
  ']',
  '"',
  '\\',
  ':',
  ',',
  '"usage":',
  '"choices":',
  '{"usage":{',
]
export const anyGarbage: fc.Arbitrary<Buffer> = fc
  .array(
    fc.oneof(
      fc.constantFrom(...pieces).map((piece) => Buffer.from(piece)),
      fc.uint8Array({ maxLength: 6 }).map((bytes) => Buffer.from(bytes)),
    ),
    { maxLength: 60 },
  )
  .map((all) => Buffer.concat(all))

export const anyCuts = fc.array(fc.nat(4000), { maxLength: 12 })
