/** All that a simulated answer will be, before any of it is told. */
export interface Script {
  status: number
  contentType: 'application/json' | 'text/event-stream'
  /** In order. Made as they are needed: an answer that is given up costs no more than was told of it. */
  pieces: Iterable<Piece>
}

export interface Piece {
  bytes: string
  /** Which must have been thought of before it can be told. */
  tokens: number
}

/** An answer told at once, when all of it has been thought of. */
export function whole(status: number, value: unknown, tokens = 0): Script {
  return { status, contentType: 'application/json', pieces: [{ bytes: JSON.stringify(value), tokens }] }
}

export function streamed(pieces: Iterable<Piece>): Script {
  return { status: 200, contentType: 'text/event-stream', pieces }
}

/** One server-sent event. @param tokens that came with it */
export function event(data: unknown, options: { name?: string; tokens?: number } = {}): Piece {
  const name = options.name === undefined ? '' : `event: ${options.name}\n`
  return { bytes: `${name}data: ${JSON.stringify(data)}\n\n`, tokens: options.tokens ?? 0 }
}
