import { isHopByHop } from './hop-by-hop.ts'

/** The head of an upstream's answer, as its client is to have it. */
export interface AnswerHead {
  status: number
  /** Name, value, name, value …; as they came, without hop-by-hop ones, the length, and what only we may say. */
  headers: string[]
  /** What the upstream promised; null: it did not. */
  contentLength: number | null
  /** Meant to be read piece by piece. */
  eventStream: boolean
  /** False: a value has control characters in it, which Node rightly never sends. */
  sendable: boolean
}

/** @param raw name, value, name, value … */
export function answerHead(status: number, raw: readonly Buffer[]): AnswerHead {
  const head: AnswerHead = { status, headers: [], contentLength: null, eventStream: false, sendable: true }
  const connection = connectionOf(raw)
  for (let i = 0; i + 1 < raw.length; i += 2) {
    const name = text(raw[i])
    const lower = name.toLowerCase()
    if (lower === 'content-length') head.contentLength = lengthOf(text(raw[i + 1]))
    else if (!isHopByHop(lower, connection) && !lower.startsWith('x-jrctl-')) {
      const value = text(raw[i + 1])
      if (lower === 'content-type') head.eventStream = value.startsWith('text/event-stream')
      if (unsendable.test(value)) head.sendable = false
      head.headers.push(name, value)
    }
  }
  return head
}

/** The bytes of a header are nobody's characters: latin1 keeps each as it is, both ways. */
function text(bytes: Buffer | undefined): string {
  return bytes === undefined ? '' : bytes.toString('latin1')
}

/** What is no field content (RFC 9110 §5.5). */
const unsendable = /[^\t\x20-\x7e\x80-\xff]/

function lengthOf(value: string): number | null {
  return /^\d{1,15}$/.test(value) ? Number(value) : null
}

const connectionLength = 'connection'.length

/** `keep-alive` and `close` are nearly all that is ever said there, and nominate nothing. */
function connectionOf(raw: readonly Buffer[]): string {
  let all = ''
  for (let i = 0; i + 1 < raw.length; i += 2) {
    if (raw[i]?.length === connectionLength && text(raw[i]).toLowerCase() === 'connection')
      all += `${text(raw[i + 1])},`
  }
  return /^(?:keep-alive|close),$/i.test(all) ? '' : all
}
