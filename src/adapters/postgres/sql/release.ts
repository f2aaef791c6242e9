import type { Lease } from '../../../domain/task.ts'
import type { WriteVerdict } from '../../../ports/task-queue.ts'
import type { Queryable } from '../connect.ts'
import { errorForDatabase } from '../outgoing-values.ts'
import { asUnclaimed, endAttempt, writeUnderFence } from './end-attempt.ts'

/** The task goes back unharmed, as if it had not been claimed. Plan: primary keys. */
export function release(db: Queryable, lease: Lease, reason: string): Promise<WriteVerdict> {
  return writeUnderFence(db, lease, statement, [errorForDatabase(reason)], ['released'])
}

const statement = `
with ${endAttempt(`outcome = 'released', error = $3`)}
${asUnclaimed}`
