import type { Attempt } from './task.ts'

const words = 'ended by '

/** Whose plain SQL ended an attempt under our worker, as the queue's trigger noted it; null: it ended otherwise. */
export function foreignWriter({ outcome, error }: Pick<Attempt, 'outcome' | 'error'>): string | null {
  if (outcome !== 'foreign') return null
  return error?.startsWith(words) === true ? error.slice(words.length) : 'an unknown program'
}
