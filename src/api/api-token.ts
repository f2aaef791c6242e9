import { createHash, timingSafeEqual } from 'node:crypto'
import type { Secret } from '../config/policy.ts'

/** What changes need over TCP. */
export interface ApiToken {
  secret: Secret
  /** Where it is kept, for people: a file's path, or the name of a variable. */
  from: { file: string } | { variable: string }
}

/** Whether this is the token, in a time that tells nothing of how much of it was right. */
export function isToken(shown: string, { secret }: ApiToken): boolean {
  return timingSafeEqual(digest(shown), digest(secret.reveal()))
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}
