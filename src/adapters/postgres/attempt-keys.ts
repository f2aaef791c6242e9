import type { AttemptKeys } from '../../ports/attempt-keys.ts'
import type { Queryable } from './connect.ts'
import { findAttempt } from './sql/find-attempt.ts'

export function createAttemptKeys(db: Queryable): AttemptKeys {
  return { find: (key) => findAttempt(db, key) }
}
