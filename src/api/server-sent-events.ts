import type { ServerResponse } from 'node:http'

/** Writes what is told when the socket has room for it; settles at once where nobody listens any more. */
export type Write = (text: string) => Promise<void>

/**
 * Answers with server-sent events (WHATWG HTML §9.2).
 * @param tell writes all of them; the answer ends with it. What it throws is the caller's to handle, after the end.
 * @param gone called once when the listener has gone away
 */
export async function serveEventStream(
  outgoing: ServerResponse,
  tell: (write: Write) => Promise<void>,
  gone: () => void,
): Promise<void> {
  outgoing.writeHead(200, streamHeaders)
  outgoing.flushHeaders()
  outgoing.once('close', gone)
  if (outgoing.destroyed) gone()
  try {
    await tell((text) => written(outgoing, text))
  } finally {
    outgoing.end()
  }
}

/** For who asks for the head alone (HEAD): it listens to nothing, so it takes no place and no request. */
export async function answerStreamHead(outgoing: ServerResponse): Promise<void> {
  outgoing.writeHead(200, streamHeaders).end()
}

const streamHeaders = { 'content-type': 'text/event-stream', 'cache-control': 'no-cache' }

function written(outgoing: ServerResponse, text: string): Promise<void> {
  if (outgoing.destroyed || outgoing.write(text)) return Promise.resolve()
  return new Promise((resolve) => {
    const done = (): void => {
      outgoing.off('drain', done).off('close', done)
      resolve()
    }
    outgoing.on('drain', done).on('close', done)
  })
}

/** JSON has no line breaks of its own. */
export function eventText(event: { event: string; json: string; id?: string }): string {
  const id = event.id === undefined ? '' : `id: ${event.id}\n`
  return `${id}event: ${event.event}\ndata: ${event.json}\n\n`
}
