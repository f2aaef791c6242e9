/** How late this process's event loop runs what is due: a busy loop, a stopped process, a machine that slept. */
export interface LoopDelay {
  /** Since the last look, or the start. */
  look(): LoopDelayFigures
  stop(): void
}

export interface LoopDelayFigures {
  p99Ms: number
  maxMs: number
  /** The processor time that this process has used meanwhile: little of it, and it was not our own code that held it up. */
  cpuMs: number
}
