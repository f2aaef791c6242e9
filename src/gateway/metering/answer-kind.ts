/**
 * How an answer is read. events: server-sent events; document: JSON; opaque: in a coding that nobody asked for, so that nothing
 * can be read in it; refused: an error, which costs nothing.
 */
export type AnswerKind = 'events' | 'document' | 'opaque' | 'refused'

/** @param headers raw: name, value, name, value … @param stream the client asked for events */
export function answerKind(status: number, headers: readonly Buffer[], stream: boolean): AnswerKind {
  if (status < 200 || status >= 300) return 'refused'
  const coding = headerOf(headers, 'content-encoding')
  if (coding !== '' && coding !== 'identity') return 'opaque'
  const type = headerOf(headers, 'content-type')
  if (type.startsWith('text/event-stream')) return 'events'
  // What an upstream calls by another name, or not at all, is what was asked for.
  return stream && !type.startsWith('application/json') ? 'events' : 'document'
}

function headerOf(headers: readonly Buffer[], name: string): string {
  for (let at = 0; at + 1 < headers.length; at += 2) {
    const found = headers[at]
    if (found?.length === name.length && found.toString('latin1').toLowerCase() === name)
      return (headers[at + 1] ?? empty).toString('latin1').trim().toLowerCase()
  }
  return ''
}

const empty = Buffer.alloc(0)
