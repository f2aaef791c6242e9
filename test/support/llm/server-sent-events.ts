/** How a stream is written: real servers differ in all of it. */
export interface StreamStyle {
  /** Ends lines. */
  eol: '\n' | '\r\n' | '\r'
  /** Into how many bytes each write is cut; null: an event a write. */
  cutBytes: number | null
}

export const plainStyle: StreamStyle = { eol: '\n', cutBytes: null }

export interface StreamEvent {
  event?: string
  /** Written as JSON, unless it is text. */
  data: unknown
}

/** The bytes of a stream of events, in the pieces in which they are to be written. */
export function piecesOf(events: readonly StreamEvent[], style: StreamStyle = plainStyle): Buffer[] {
  const written = events.map((event) => Buffer.from(textOf(event, style.eol)))
  return style.cutBytes === null ? written : cut(Buffer.concat(written), style.cutBytes)
}

function textOf({ event, data }: StreamEvent, eol: string): string {
  const name = event === undefined ? '' : `event: ${event}${eol}`
  return `${name}data: ${typeof data === 'string' ? data : JSON.stringify(data)}${eol}${eol}`
}

/** In pieces of so many bytes, also through the middle of a character or a line's end. */
function cut(bytes: Buffer, size: number): Buffer[] {
  return Array.from({ length: Math.ceil(bytes.length / size) }, (_, index) =>
    bytes.subarray(index * size, (index + 1) * size),
  )
}
