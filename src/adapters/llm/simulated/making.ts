import type { Asked } from './asked.ts'

/** What an answer is made from beside the request. */
export interface Making {
  asked: Asked
  /** The model as an answer names it. */
  model: string
  /** Unix seconds. */
  createdS: number
  /** New at each call. */
  id: (prefix: string) => string
}
