import { age } from './format.ts'

/** `3, 12 s`: how many requests of a task wait for capacity, and when the first will probably be let out. */
export function waitText({
  waiting = 0,
  waitMs = null,
}: {
  waiting?: number
  waitMs?: number | null
}): string {
  if (waiting === 0) return '–'
  return waitMs === null ? String(waiting) : `${waiting}, ${age(waitMs)}`
}
