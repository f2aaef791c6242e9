import type { ServerResponse } from 'node:http'
import type { Timer } from '../../ports/clock.ts'
import type { UpstreamCall, UpstreamFailure, UpstreamSink } from '../../ports/upstream.ts'
import { answerHead, type AnswerHead } from './answer-head.ts'
import { endAnswer, sendWhole, sever, startAnswer } from './client-answer.ts'
import { type Cause, type Ending, endingOf } from './ending.ts'
import type { Admitted, Forwarding } from './forwarding.ts'
import { forwardSteps, type LastAct, type Phase } from './phases.ts'
import { redirectOf } from './redirect.ts'
import { refusalFor } from './refusals.ts'

export const forwardLimits = {
  /** An answer whose length is known and no more than this is gathered, and sent with all that is known at its end. */
  heldBytesMax: 64 * 1024,
  /** For so long an upstream whose client has gone may go on, where the policy lets it. */
  drainMs: 60_000,
  /** A client that has taken nothing for so long, while there is something to take, is cut off: it holds its upstream's place. */
  stalledMs: 600_000,
  /** Tries of one request, the first included. */
  triesMax: 2,
}

/**
 * Sends an admitted request to its upstream, and the answer to its client as it comes: the same status, headers and bytes,
 * no faster than the client reads. How that ended is told exactly once.
 */
export function forward(admitted: Admitted): Forwarding {
  let tell: (ending: Ending) => void = () => {}
  const ended = new Promise<Ending>((resolve) => {
    tell = resolve
  })
  const passage = new Passage(admitted, tell)
  passage.start()
  return { ended, cut: () => passage.happen({ event: 'cut' }) }
}

/** One request on its way; `happen` is the only function that moves it to another phase but for the two an answer's head leads to. */
class Passage implements UpstreamSink {
  readonly #admitted: Admitted
  readonly #client: ServerResponse
  readonly #tell: (ending: Ending) => void
  #phase: Phase = 'asked'
  #call: UpstreamCall | null = null
  #tries = 0
  #answer: AnswerHead | null = null
  #held: Buffer[] = []
  #forwardedBytes = 0
  #drainTimer: Timer | null = null
  #stallTimer: Timer | null = null
  /** Since when the client takes nothing; null: it does. */
  #stalledSinceMs: number | null = null

  constructor(admitted: Admitted, tell: (ending: Ending) => void) {
    this.#admitted = admitted
    this.#client = admitted.client
    this.#tell = tell
  }

  start(): void {
    // A write that crosses the client's leaving is reported as an error too; `close` tells all there is to know.
    this.#client.on('close', this.#onClientClosed).on('drain', this.#onClientDrained).on('error', ignore)
    if (this.#client.destroyed) this.happen({ event: 'client_left' })
    else this.#send()
  }

  head(status: number, headers: readonly Buffer[]): void {
    const answer = answerHead(status, headers)
    this.#answer = answer
    const { shortens } = this.#admitted.meter.head(status, headers)
    if (this.#phase !== 'asked') return
    const { name } = this.#admitted.upstream
    const redirect = redirectOf(answer, name)
    if (!answer.sendable) this.#giveUp(unsendable(name))
    else if (redirect !== null) this.#giveUp(redirect)
    else if (isShort(answer)) this.#phase = 'held'
    else this.#pass(shortens ? { ...answer, contentLength: null } : answer)
  }

  data(chunk: Buffer): boolean {
    const bytes = this.#admitted.meter.push(chunk)
    return bytes === null || this.#give(bytes)
  }

  ended(): void {
    const rest = this.#admitted.meter.end()
    if (rest !== null) this.#give(rest)
    this.happen({ event: 'upstream_ended' })
  }

  failed(failure: UpstreamFailure): void {
    if (this.#mayRepeat(failure)) this.#send()
    else this.happen({ event: 'upstream_failed', failure })
  }

  happen(cause: Cause): void {
    const step = forwardSteps[this.#phase][cause.event]
    if (step === null) return
    this.#phase = step.to
    if (step.to === 'draining') this.#drain()
    else this.#finish(cause, step.act)
  }

  #send(): void {
    this.#tries++
    this.#call = this.#admitted.upstream.send(this.#admitted.request, this)
  }

  /**
   * Once, and only what the upstream cannot have read, or what may be asked twice (RFC 9110 §9.2.2). A POST that went into a
   * connection which then broke may have been worked on; whether to pay for it again is for the client to say.
   */
  #mayRepeat({ kind, sent }: UpstreamFailure): boolean {
    const harmless = !sent || this.#admitted.request.method === 'GET'
    return this.#phase === 'asked' && kind === 'broken' && harmless && this.#tries < forwardLimits.triesMax
  }

  #pass(answer: AnswerHead): void {
    this.#phase = 'passing'
    startAnswer(this.#client, answer, this.#admitted.labels)
    // The head goes out with the first bytes if they are here already, and does not wait for them if not.
    process.nextTick(this.#flushHead)
  }

  /** @returns whether more may come at once */
  #give(bytes: Buffer): boolean {
    if (this.#phase === 'held') this.#held.push(bytes)
    if (this.#phase !== 'passing') return true
    this.#forwardedBytes += bytes.length
    if (this.#client.write(bytes)) return true
    this.#stalledSinceMs = this.#admitted.clock.monotonicMs()
    if (this.#stallTimer === null) this.#watchStall(forwardLimits.stalledMs)
    return false
  }

  /** One timer however often the client falls behind and catches up: that happens with every few pieces of a quick answer. */
  #watchStall(delayMs: number): void {
    const { clock } = this.#admitted
    const look = (): void => {
      this.#stallTimer = null
      if (this.#stalledSinceMs === null) return
      const leftMs = this.#stalledSinceMs + forwardLimits.stalledMs - clock.monotonicMs()
      if (leftMs > 0) this.#watchStall(leftMs)
      else this.#client.destroy()
    }
    this.#stallTimer = clock.after(delayMs, look, { background: true })
  }

  #giveUp(failure: UpstreamFailure): void {
    this.#call?.abort()
    this.happen({ event: 'upstream_failed', failure })
  }

  #drain(): void {
    this.#call?.resume()
    this.#drainTimer = this.#admitted.clock.after(
      forwardLimits.drainMs,
      () => this.happen({ event: 'client_left' }),
      { background: true },
    )
  }

  #finish(cause: Cause, act: LastAct): void {
    this.#drainTimer?.cancel()
    this.#stallTimer?.cancel()
    this.#client.off('close', this.#onClientClosed).off('drain', this.#onClientDrained)
    if (cause.event !== 'upstream_ended' && cause.event !== 'upstream_failed') this.#call?.abort()
    this.#act(act, cause)
    const status = this.#answer?.status ?? null
    this.#tell({ ...endingOf(cause, act), status, forwardedBytes: this.#forwardedBytes })
  }

  #act(act: LastAct, cause: Cause): void {
    switch (act) {
      case 'deliver':
        this.#deliver()
        break
      case 'refuse':
        this.#admitted.refuse(this.#client, refusalFor(cause))
        break
      case 'sever':
        sever(this.#client)
        break
      case 'leave':
        break
      default:
        act satisfies never
    }
  }

  #deliver(): void {
    const { labels } = this.#admitted
    if (this.#answer === null) return
    if (this.#client.headersSent) endAnswer(this.#client, labels.end(this.#answer.status))
    else this.#forwardedBytes = sendWhole(this.#client, this.#answer, this.#held, labels)
  }

  readonly #flushHead = (): void => {
    if (this.#phase === 'passing' && this.#forwardedBytes === 0) this.#client.flushHeaders()
  }

  readonly #onClientDrained = (): void => {
    this.#stalledSinceMs = null
    this.#call?.resume()
  }

  readonly #onClientClosed = (): void =>
    this.happen({ event: this.#admitted.abandoned === 'drain' ? 'client_left_drain' : 'client_left' })
}

/** Its length says that it is made already, so that nobody waits longer for its first byte than for its last. */
function isShort(answer: AnswerHead): boolean {
  const { contentLength, eventStream } = answer
  return contentLength !== null && contentLength <= forwardLimits.heldBytesMax && !eventStream
}

function unsendable(upstream: string): UpstreamFailure {
  return {
    kind: 'broken',
    message: `upstream ${upstream} answered with a header that may not be sent on (control characters in its value)`,
    sent: true,
  }
}

function ignore(): void {}
