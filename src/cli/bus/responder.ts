import type { BusRequestView } from '../../contract/bus.ts'
import type { Json } from '../../domain/task.ts'
import type { CommandOrder, CommandOutcome } from '../local-services.ts'
import { parseData } from './data.ts'

/** What a command makes of a request. */
export type Reply = { data: Json } | { error: string }

export interface ResponderDeps {
  command: readonly [string, ...string[]]
  env: Readonly<Record<string, string | undefined>>
  /** Commands at the same time; other requests wait in their order. */
  concurrency: number
  run(order: CommandOrder, signal: AbortSignal): Promise<CommandOutcome>
  /** Told once for each request that was not cancelled. */
  answered(request: BusRequestView, reply: Reply): Promise<void>
}

export interface Responder {
  take(request: BusRequestView): void
  /** Nobody waits for it any more: its command is ended, or never started. */
  cancel(requestId: string): void
  /** Ends all commands; settles when they are gone. */
  stop(): Promise<void>
}

/** The daemon hands out no more than so many at a time to all responders together; this is far above its limit. */
const waitingMax = 10_000
/** Of the output of a command; a larger one is an error. */
const outputBytesMax = 4 * 1024 * 1024

/** A command for each request: its data on stdin, its answer on stdout, an exit code other than 0 for an error. */
export function createResponder(deps: ResponderDeps): Responder {
  const waiting = new Map<string, BusRequestView>()
  const running = new Map<string, { stop: AbortController; ended: Promise<void> }>()
  let isStopping = false

  function startNext(): void {
    for (const [id, request] of waiting) {
      if (isStopping || running.size >= deps.concurrency) return
      waiting.delete(id)
      const stop = new AbortController()
      running.set(id, { stop, ended: serve(request, stop.signal) })
    }
  }

  async function serve(request: BusRequestView, signal: AbortSignal): Promise<void> {
    try {
      const outcome = await deps.run(orderOf(request, deps), signal)
      if (!signal.aborted) await deps.answered(request, replyOf(outcome, deps.command[0]))
    } finally {
      running.delete(request.request_id)
      startNext()
    }
  }

  return {
    take(request) {
      if (isStopping || waiting.size >= waitingMax) return
      waiting.set(request.request_id, request)
      startNext()
    },
    cancel(requestId) {
      waiting.delete(requestId)
      running.get(requestId)?.stop.abort()
    },
    async stop() {
      isStopping = true
      waiting.clear()
      const all = [...running.values()]
      for (const { stop } of all) stop.abort()
      await Promise.allSettled(all.map(({ ended }) => ended))
    },
  }
}

function orderOf(request: BusRequestView, { command, env }: ResponderDeps): CommandOrder {
  return {
    command,
    env: {
      ...env,
      JRCTL_BUS_TOPIC: request.topic,
      JRCTL_BUS_REQUEST_ID: request.request_id,
      JRCTL_BUS_FROM: request.from,
      JRCTL_BUS_TIMEOUT_MS: String(request.timeout_ms),
    },
    stdin: `${JSON.stringify(request.data)}\n`,
    outputBytesMax,
  }
}

/** What is printed is the answer: JSON when it is that, else text. */
export function replyOf(outcome: CommandOutcome, program: string): Reply {
  if (outcome.kind !== 'ended') return { error: outcome.reason }
  const { code, signal, stdout, stderr, isCut } = outcome
  if (code !== 0) return { error: endWords(program, code, signal, stderr) }
  if (isCut) return { error: `${program} printed more than ${outputBytesMax} bytes` }
  try {
    return { data: parseData(stdout, program) }
  } catch {
    // It began as JSON and is none: text, then, and the asker sees it as it is.
    return { data: stdout.replace(/\r?\n$/, '') }
  }
}

function endWords(program: string, code: number | null, signal: string | null, stderr: string): string {
  const end = signal === null ? `ended with code ${code}` : `was ended by ${signal}`
  const said = stderr.trim()
  return said === '' ? `${program} ${end}` : `${said}\n(${program} ${end})`
}
