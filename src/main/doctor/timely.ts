import { messageOf } from '../../errors.ts'
import type { Clock } from '../../ports/clock.ts'
import type { Look } from '../../ports/database-checkup.ts'

/** What a look found, or why it found nothing: it failed, or took too long. Never rejects, never takes longer. */
export function timely<T>(clock: Clock, limitMs: number, work: () => Promise<T>): Promise<Look<T>> {
  return new Promise((resolve) => {
    const timer = clock.after(limitMs, () =>
      resolve({ kind: 'unseen', why: `not known: it took longer than ${limitMs / 1000} s` }),
    )
    // What comes late is nobody's any more.
    void settled(work).then((look) => {
      timer.cancel()
      resolve(look)
    })
  })
}

async function settled<T>(work: () => Promise<T>): Promise<Look<T>> {
  try {
    return { kind: 'seen', value: await work() }
  } catch (error) {
    return { kind: 'unseen', why: `not known: ${messageOf(error)}` }
  }
}
