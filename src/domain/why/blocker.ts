import type { Reason, Why } from './reason.ts'

/** What keeps a waiting task from being claimed. */
export type Blocker = Pick<Reason, 'sentence' | 'next'>

/**
 * Of all that keeps a task from being claimed, what says most of what to do: that its own worker is down rather than that its Jr is
 * offline, which follows from it. Null: nothing that is known.
 */
export function chiefBlocker({ whereabouts, reasons }: Pick<Why, 'whereabouts' | 'reasons'>): Blocker | null {
  if (whereabouts !== 'ready' && whereabouts !== 'waiting_for_time') return null
  const blocking = reasons.filter(({ weight }) => weight === 'blocks')
  const chief = blocking.find(({ kind }) => kind === 'worker_down') ?? blocking[0]
  return chief === undefined ? null : { sentence: chief.sentence, next: chief.next }
}
