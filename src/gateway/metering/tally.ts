import type { Prepared } from '../request/prepare.ts'
import type { Usage } from './meter.ts'
import { inputOf, merged, nothingReported, outputOf, readReported } from './reported.ts'

/** Where there is no report: what the providers' documents say of English. */
const bytesPerToken = 4

/** What an answer has used so far: the last report, and what was seen since. */
export class Tally {
  readonly #prepared: Prepared
  #reported = nothingReported
  /** A report that speaks of the whole answer has come. */
  #final = false
  #ended = false
  #textBytes = 0
  #deltas = 0
  #begun = false

  constructor(prepared: Prepared) {
    this.#prepared = prepared
  }

  begin(): void {
    this.#begun = true
  }

  /** A part of the answer with so much text. Providers send a token or a few in each. */
  seen(textBytes: number): void {
    this.#textBytes += textBytes
    if (textBytes > 0) this.#deltas++
  }

  /** @param usage as the upstream wrote it @param final it tells the output too, not only how it began */
  report(usage: unknown, final: boolean): void {
    const { dialect, id } = this.#prepared.endpoint
    const said = readReported(dialect, usage)
    // Embeddings have no output to tell: their total is their input.
    const now = id === 'embeddings' && (said.input ?? said.total) !== null ? { ...said, output: 0 } : said
    if (inputOf(now) === null && outputOf(now) === null) return
    this.#reported = merged(this.#reported, now)
    this.#final ||= final
    // A report of the input alone takes nothing from the output that was seen.
    if (outputOf(now) !== null) this.#textBytes = this.#deltas = 0
  }

  end(): void {
    this.#ended = true
  }

  usage(): Usage | null {
    const reported = this.#reported
    if (inputOf(reported) === null && outputOf(reported) === null) return null
    const complete = this.#final && this.#ended && this.#tellsAll()
    const inputTokens = this.#input()
    const outputTokens = (complete ? outputOf(reported) : null) ?? this.#output()
    const sum = inputTokens + outputTokens
    return { inputTokens, outputTokens, totalTokens: Math.max(sum, reported.total ?? 0), complete }
  }

  /** 0 before an answer began. */
  seenTokens(): number {
    return this.#begun ? this.#input() + this.#output() : 0
  }

  #tellsAll(): boolean {
    return outputOf(this.#reported) !== null && inputOf(this.#reported) !== null
  }

  #input(): number {
    return inputOf(this.#reported) ?? this.#prepared.inputTokens
  }

  /** At least one a delta: a token of one letter is one too. */
  #output(): number {
    const since = Math.max(this.#deltas, Math.ceil(this.#textBytes / bytesPerToken))
    return (outputOf(this.#reported) ?? 0) + since
  }
}
