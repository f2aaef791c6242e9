/**
 * The bus from Node, without a library of ours:
 *
 *     node word-count.ts respond                   answers requests to words.count: how many words a text has
 *     node word-count.ts ask "how many are we"
 *
 * JRCTL_SOCKET says where the daemon is: a worker's environment has it, `jrctl status --json` tells it too. Within a task,
 * JRCTL_ATTEMPT_KEY is there as well, and by it the other side knows which Jr asks.
 */
import { request, type IncomingMessage } from 'node:http'
import { createInterface } from 'node:readline'

const { JRCTL_SOCKET: socketPath, JRCTL_ATTEMPT_KEY: key } = process.env
const headers = {
  'content-type': 'application/json',
  'x-jrctl-actor': 'word-count.ts',
  ...(key === undefined ? {} : { authorization: `Bearer ${key}` }),
}

type Answer = { ok: true; data: unknown } | { ok: false; error: string }
type Request = { request_id: string; data: unknown }

/** Asks the daemon; throws its own words when it refuses. */
async function call(method: 'GET' | 'POST', path: string, body?: object): Promise<IncomingMessage> {
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    const asked = request({ socketPath: socketPath ?? '', method, path, headers }, resolve)
    asked.on('error', reject).end(body === undefined ? undefined : JSON.stringify(body))
  })
  if ((response.statusCode ?? 500) < 400) return response
  throw new Error(((await read(response)) as { error: { message: string } }).error.message)
}

async function read(response: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = []
  for await (const chunk of response) chunks.push(chunk as Buffer)
  return JSON.parse(Buffer.concat(chunks).toString('utf8'))
}

async function respond(): Promise<void> {
  const stream = await call('GET', '/v1/bus/subscribe?topic=words.count&respond=true')
  let event = ''
  for await (const line of createInterface({ input: stream })) {
    if (line.startsWith('event: ')) event = line.slice('event: '.length)
    if (line.startsWith('data: ') && event === 'ready') process.stdout.write('ready\n')
    if (line.startsWith('data: ') && event === 'request')
      await answer(JSON.parse(line.slice('data: '.length)) as Request)
  }
}

async function answer({ request_id, data }: Request): Promise<void> {
  const reply =
    typeof data === 'string'
      ? { data: data.split(/\s+/).filter((word) => word !== '').length }
      : { error: 'a text is wanted' }
  try {
    await read(await call('POST', '/v1/bus/reply', { request_id, ...reply }))
  } catch (refused) {
    // Who asked has left, or waits no longer: the next one is served all the same.
    fail(refused)
  }
}

function fail(error: unknown): void {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`)
}

async function ask(text: string): Promise<void> {
  const asked = { topic: 'words.count', data: text, timeout_ms: 5000 }
  const answered = (await read(await call('POST', '/v1/bus/request', asked))) as Answer
  process.stdout.write(answered.ok ? `${JSON.stringify(answered.data)}\n` : `error: ${answered.error}\n`)
}

const [mode, text, ...more] = process.argv.slice(2)
try {
  if (mode === 'respond' && text === undefined) await respond()
  else if (mode === 'ask' && text !== undefined && more.length === 0) await ask(text)
  else throw new Error('usage: word-count.ts respond | ask TEXT')
} catch (error) {
  fail(error)
  process.exitCode = 1
}
