/** How quick a simulated LLM is. */
export interface Pace {
  /** Until the first token of an answer, ms; each answer's is up to a quarter more or less. */
  firstTokenMs: number
  /** Afterwards. */
  tokensPerSecond: number
}

/** That of a small model on a good machine: quick enough not to bore, slow enough to be seen. */
export const usualPace: Pace = { firstTokenMs: 40, tokensPerSecond: 400 }
