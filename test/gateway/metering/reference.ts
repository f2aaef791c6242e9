/**
 * What the meter does, said naively over a whole answer: all in memory, every event parsed. It shares nothing with the code it is
 * compared with.
 */
export interface Reference {
  input: number | null
  output: number | null
  forwarded: Buffer
}

type Json = Record<string, unknown>

interface Event {
  from: number
  to: number
  data: string | null
}

export function reference(bytes: Buffer, strip: boolean): Reference {
  const events = eventsOf(bytes.toString('latin1'))
  const reports = events
    .map(({ data }) => parsed(data))
    .flatMap((json) => (json === null ? [] : usagesOf(json)))
  const out = strip ? events.filter(({ data }) => isUsageOnly(parsed(data))) : []
  return {
    input: largest(reports.map(inputOf)),
    output: largest(reports.map((usage) => number(usage['completion_tokens'] ?? usage['output_tokens']))),
    forwarded: Buffer.from(without(bytes.toString('latin1'), out), 'latin1'),
  }
}

/** An event reaches from its first line that is no comment to behind its blank line. */
function eventsOf(text: string): Event[] {
  const events: Event[] = []
  let event: (Event & { lines: string[] }) | null = null
  const close = (to: number): void => {
    if (event !== null)
      events.push({ from: event.from, to, data: event.lines.length > 0 ? event.lines.join('\n') : null })
    event = null
  }
  let at = text.startsWith('\xef\xbb\xbf') ? 3 : 0
  while (at < text.length) {
    const [whole = '', line = ''] = /^([^\r\n]*)(?:\r\n|\r|\n|$)/.exec(text.slice(at)) ?? []
    if (line !== '' && !line.startsWith(':')) event ??= { from: at, to: at, data: null, lines: [] }
    if (line.startsWith('data:')) event?.lines.push(line.slice(5).replace(/^ /, ''))
    at += whole.length
    if (line === '') close(at)
  }
  close(text.length)
  return events
}

function parsed(data: string | null): Json | null {
  try {
    const json: unknown = JSON.parse(Buffer.from(data ?? '', 'latin1').toString('utf8'))
    return isObject(json) ? json : null
  } catch {
    return null
  }
}

function usagesOf(json: Json): Json[] {
  const message = isObject(json['message']) ? json['message'] : {}
  return [json['usage'], message['usage']].filter(isObject)
}

function isUsageOnly(json: Json | null): boolean {
  return (
    json !== null && isObject(json['usage']) && Array.isArray(json['choices']) && json['choices'].length === 0
  )
}

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function inputOf(usage: Json): number | null {
  return number(usage['prompt_tokens'] ?? usage['input_tokens'])
}

function number(value: unknown): number | null {
  return typeof value === 'number' ? value : null
}

function largest(values: (number | null)[]): number | null {
  return values.reduce((a, b) => (a === null || (b !== null && b > a) ? b : a), null)
}

function without(text: string, events: Event[]): string {
  let kept = ''
  let at = 0
  for (const { from, to } of events) {
    kept += text.slice(at, from)
    at = to
  }
  return kept + text.slice(at)
}
