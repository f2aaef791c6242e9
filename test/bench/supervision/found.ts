import { scale } from '../scale.ts'
import type { Contender } from './contender.ts'
import type { Life } from './life.ts'
import type { Loop } from './loop.ts'
import type { Relaunched } from './relaunch.ts'
import type { Rest } from './rest.ts'
import type { Memory } from './session.ts'

/** Workers of a fleet. */
export const sizes = [50, 200] as const
export type Size = (typeof sizes)[number]

/** How long it is watched doing nothing, and beginning a worker that fails at once. */
export const watchMs = scale.watchSeconds * 1000

export type LivesBySize = Record<Size, Life[]>

/** All that was found of one contender. */
export interface Found {
  contender: Contender
  lives: LivesBySize
  /** The supervisor's memory with a single worker. */
  one: Memory
  /** With 50 workers. */
  rest: Rest
  /** With 200; of jrctl alone, whose promise it is. */
  rest200: Rest | null
  loop: Loop
  relaunched: Relaunched
}
