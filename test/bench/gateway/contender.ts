import type { Target } from './wire.ts'

/** Something that can stand between a client and the upstream. */
export interface Contender {
  name: string
  /** Whether it makes its own JSON of the upstream's. */
  rewrites: boolean
  /** Why it cannot be measured here; null: it can. */
  missing(): string | null
  start(upstreamPort: number): Promise<Standing>
}

export interface Standing {
  target: Target
  /** The process whose memory is its own; null: there is none. */
  pid: number | null
  stop(): Promise<void>
}

export const chatPath = '/v1/chat/completions'
