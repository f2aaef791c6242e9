import { type Context, Script, createContext } from 'node:vm'

/** Of a longer line only its beginning is looked at. */
export const lineBytesMax = 8 * 1024
/**
 * A pattern that backtracks without end must not hold up the daemon: matching runs under V8's watchdog. An ordinary pattern
 * takes far less than a millisecond for a chunk of 64 KiB.
 */
const tryMs = 50
/** A busy machine may make one try slow, and the line that is waited for may be in it; a pattern that is to blame will be slow again. */
const slowTriesMax = 3

const script = new Script('lines.some((line) => pattern.test(line))')

/** Cuts bytes into lines and looks for one that matches. Holds no more than the beginning of one line. */
export class LineMatcher {
  readonly #context: Context
  #begun: Buffer = Buffer.alloc(0)
  #slowTries = 0

  /** @param pattern source of a regular expression */
  constructor(pattern: string) {
    this.#context = createContext({ pattern: new RegExp(pattern, 'u'), lines: [] })
  }

  /** The pattern took too long several times in a row: there is no use in asking on. */
  get tooSlow(): boolean {
    return this.#slowTries >= slowTriesMax
  }

  /** Whether one of the lines that this chunk completes matches. */
  take(chunk: Buffer): boolean {
    const lines: string[] = []
    let from = 0
    for (let end = chunk.indexOf(10); end >= 0; end = chunk.indexOf(10, from)) {
      this.#keep(chunk.subarray(from, end))
      lines.push(this.#begun.toString('utf8').replace(/\r$/, ''))
      this.#begun = Buffer.alloc(0)
      from = end + 1
    }
    this.#keep(chunk.subarray(from))
    return lines.length > 0 && this.#matches(lines)
  }

  #keep(part: Buffer): void {
    const room = lineBytesMax - this.#begun.length
    if (room > 0 && part.length > 0) this.#begun = Buffer.concat([this.#begun, part.subarray(0, room)])
  }

  #matches(lines: readonly string[]): boolean {
    this.#context['lines'] = lines
    while (!this.tooSlow) {
      try {
        const isFound = script.runInContext(this.#context, { timeout: tryMs }) === true
        this.#slowTries = 0
        return isFound
      } catch {
        this.#slowTries += 1
      }
    }
    return false
  }
}
