import { bytes as sizeOf } from '../../text/format.ts'
import type { Cli } from '../command.ts'
import type { Progress } from './service.ts'

/** Nothing is said of what takes no longer. */
const quietMs = 1_000
/** Then a line so often: little enough for a log of cron's. */
const everyMs = 5_000
/** Less is no progress yet. */
const leastBytes = 64 * 1024

/** Tells on stderr what takes longer than a second. */
export function toldProgress({ clock, output }: Pick<Cli, 'clock' | 'output'>): Progress {
  let dueMs = clock.monotonicMs() + quietMs
  return (doing, bytes, ofBytes) => {
    const nowMs = clock.monotonicMs()
    if (nowMs < dueMs) return
    dueMs = nowMs + everyMs
    const of = ofBytes === null ? '' : ` of ${sizeOf(ofBytes)}`
    output.note(bytes < leastBytes ? `${doing} …` : `${doing}: ${sizeOf(bytes)}${of}`)
  }
}
