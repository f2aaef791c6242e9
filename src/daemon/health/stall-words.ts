/** The event loop ran nothing for so long. */
export interface HoldUp {
  forMs: number
  /** What this process has computed meanwhile. */
  cpuMs: number
  /** Epoch milliseconds of when it was seen. */
  at: number
}

/** Shorter ones happen on any busy machine and hurt nobody. */
const holdUpMsMin = 1_000
/** Beyond this all that the daemon answers and does comes late enough to be felt. */
const slowMsMin = 250

/** What is said of a hold-up; null when it is not worth a word. */
export function holdUpText({ forMs, cpuMs, at }: HoldUp): string | null {
  if (forMs < holdUpMsMin) return null
  const when = new Date(at).toISOString().slice(11, 19)
  const why =
    cpuMs > forMs / 2
      ? 'busy with work of its own'
      : 'without a processor: it was stopped, the machine slept or is overloaded'
  return `the daemon was held up for ${(forMs / 1000).toFixed(1)} s until ${when} UTC, ${why}; silence of that time is held against no worker`
}

export function isSlow(p99Ms: number): boolean {
  return p99Ms >= slowMsMin
}

export function slowText(p99Ms: number): string {
  return `the daemon's event loop is slow: what is due runs up to ${Math.round(p99Ms)} ms late`
}
