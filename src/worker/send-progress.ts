import { sanitize } from '../domain/sanitize.ts'
import type { Lease } from '../domain/task.ts'
import type { AttemptQueue } from '../ports/task-queue.ts'
import type { OutageLog } from './outage-log.ts'
import type { Progress } from './progress-line.ts'

export interface SendProgressDeps {
  queue: Pick<AttemptQueue, 'progress'>
  outage: OutageLog
  /** The lease may be lost: ask the queue. */
  doubt(): void
}

/** Progress is a hint: one that does not arrive is followed by the next. A refused one says that the lease may be gone. */
export function sendProgress(lease: Lease, deps: SendProgressDeps) {
  return async ({ percent, note }: Progress): Promise<void> => {
    try {
      const verdict = await deps.queue.progress(lease, percent, note === null ? null : sanitize(note))
      if (!verdict.accepted) deps.doubt()
    } catch (error) {
      deps.outage.failed('progress', error)
    }
  }
}
