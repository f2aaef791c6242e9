import type { Prepared } from '../request/prepare.ts'
import { answerKind } from './answer-kind.ts'
import type { AnswerKind } from './answer-kind.ts'
import { passingMeter } from './passing-meter.ts'
import { documentReading, eventsReading, unread } from './readings.ts'
import type { Reading } from './readings.ts'
import { Tally } from './tally.ts'

/** What a call used, tokens. */
export interface Usage {
  /** With what was written to and read from a cache, as the API counts it. */
  inputTokens: number
  outputTokens: number
  /** As reported, and never below the sum of both. */
  totalTokens: number
  /** It is the upstream's last word. False: its first words, and what was seen of the answer since. */
  complete: boolean
}

/** Sees an answer pass, and tells what it used. It never throws, whatever comes, and keeps a bounded part of it. */
export interface Meter {
  /**
   * The answer begins.
   * @param headers raw: name, value, name, value …
   * @returns `shortens`: an event may be taken out, so that the answer's `content-length`, if it has one, is not its length
   */
  head(status: number, headers: readonly Buffer[]): { shortens: boolean }
  /** @returns what the client gets of it now: the same bytes but for an event taken out; null: nothing yet */
  push(chunk: Buffer): Buffer | null
  /** The upstream has said all. @returns what was held back; null: nothing */
  end(): Buffer | null
  /** What the upstream reported; null: nothing, or nothing that can be believed. */
  usage(): Usage | null
  /** Input and output, tokens, as far as can be told without a report: for an answer that never came to its usage. */
  seenTokens(): number
}

/** A meter for the answer to one request. */
export function createMeter(prepared: Prepared): Meter {
  return prepared.endpoint.charged ? new AnswerMeter(prepared) : passingMeter
}

class AnswerMeter implements Meter {
  readonly #prepared: Prepared
  readonly #tally: Tally
  #kind: AnswerKind | null = null
  #reading: Reading = unread

  constructor(prepared: Prepared) {
    this.#prepared = prepared
    this.#tally = new Tally(prepared)
  }

  head(status: number, headers: readonly Buffer[]): { shortens: boolean } {
    const prepared = this.#prepared
    const tally = this.#tally
    this.#kind = answerKind(status, headers, prepared.stream)
    if (this.#kind === 'events') this.#reading = eventsReading(prepared, tally)
    if (this.#kind === 'document') this.#reading = documentReading(prepared, tally)
    if (this.#kind !== 'refused') tally.begin()
    return { shortens: prepared.stripUsage && this.#kind === 'events' }
  }

  push(chunk: Buffer): Buffer | null {
    return this.#reading.push(chunk)
  }

  end(): Buffer | null {
    const rest = this.#reading.end()
    this.#tally.end()
    return rest
  }

  usage(): Usage | null {
    return this.#tally.usage()
  }

  seenTokens(): number {
    return this.#kind === 'opaque' ? this.#prepared.estimateTokens : this.#tally.seenTokens()
  }
}
