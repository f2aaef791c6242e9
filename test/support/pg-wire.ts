/**
 * Enough of PostgreSQL's wire protocol (version 3) to know which answer belongs to which statement, and whether it says that
 * a transaction is over. Source: PostgreSQL manual, "Message Formats".
 */

/** What one answer of the server, up to its ReadyForQuery, was about. */
export interface Exchange {
  /** Texts of the statements since the last ReadyForQuery. */
  statements: string[]
  /** `UPDATE 1`, `COMMIT`, …: one a statement. */
  tags: string[]
}

/** A whole answer. `inTransaction` is false when the work is committed, or rolled back. */
export interface Answer extends Exchange {
  inTransaction: boolean
}

export interface Wire {
  /** Reads what the client sends; changes nothing. */
  readClient(bytes: Buffer): void
  /** Reads what the server sends. @returns the answers that these bytes complete, and the one that is under way */
  readServer(bytes: Buffer): { answers: Answer[]; unfinished: Exchange }
}

const sslRequest = 80_877_103
const gssRequest = 80_877_104

export function createWire(): Wire {
  const prepared = new Map<string, string>()
  let phase: 'startup' | 'encryption' | 'messages' | 'opaque' = 'startup'
  let exchange: Exchange = { statements: [], tags: [] }
  const fromClient = createSplitter((type, body) => noteStatement(type, body))
  const startup = createStartupReader((code, rest) => {
    phase = code === sslRequest || code === gssRequest ? 'encryption' : 'messages'
    if (phase === 'messages') fromClient(rest)
  })
  let answers: Answer[] = []
  const fromServer = createSplitter((type, body) => {
    if (type === 'C') exchange.tags.push(textOf(body))
    if (type !== 'Z') return
    answers.push({ ...exchange, inTransaction: body.toString('latin1') !== 'I' })
    exchange = { statements: [], tags: [] }
  })

  function noteStatement(type: string, body: Buffer): void {
    if (type === 'Q') exchange.statements.push(textOf(body))
    if (type === 'P') prepared.set(textOf(body), textOf(body, 1))
    // Bind: portal, then the statement's name.
    if (type === 'B') exchange.statements.push(prepared.get(textOf(body, 1)) ?? '')
  }

  return {
    readClient(bytes) {
      if (phase === 'startup') startup(bytes)
      else if (phase === 'messages') fromClient(bytes)
    },
    readServer(bytes) {
      answers = []
      if (phase === 'encryption') {
        // One bare byte answers the wish for encryption; after a yes there is nothing to read any more.
        phase = bytes.toString('latin1', 0, 1) === 'N' ? 'startup' : 'opaque'
      } else if (phase === 'messages') fromServer(bytes)
      return { answers, unfinished: exchange }
    },
  }
}

/** The first message of a connection has no type: length, then a code. */
function createStartupReader(found: (code: number, rest: Buffer) => void): (bytes: Buffer) => void {
  let pending: Buffer = Buffer.alloc(0)
  return (bytes) => {
    pending = Buffer.concat([pending, bytes])
    if (pending.length < 8) return
    const length = pending.readInt32BE(0)
    if (pending.length < length) return
    const [code, rest] = [pending.readInt32BE(4), pending.subarray(length)]
    pending = Buffer.alloc(0)
    found(code, rest)
  }
}

/** Messages of one type byte, a length that counts itself, and a body; cut anywhere by the network. */
function createSplitter(found: (type: string, body: Buffer) => void): (bytes: Buffer) => void {
  let pending: Buffer = Buffer.alloc(0)
  return (bytes) => {
    pending = pending.length === 0 ? bytes : Buffer.concat([pending, bytes])
    while (pending.length >= 5) {
      const end = 1 + pending.readInt32BE(1)
      if (pending.length < end) return
      found(pending.toString('latin1', 0, 1), pending.subarray(5, end))
      pending = pending.subarray(end)
    }
  }
}

/** The nth zero-terminated text of a message. */
function textOf(body: Buffer, nth = 0): string {
  let start = 0
  for (let skipped = 0; skipped < nth; skipped += 1) start = body.indexOf(0, start) + 1
  const end = body.indexOf(0, start)
  return body.toString('utf8', start, end === -1 ? body.length : end)
}
