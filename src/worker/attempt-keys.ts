import { hash } from 'node:crypto'
import type { Random } from '../ports/random.ts'

const keyBytes = 32

/**
 * Secrets for so many attempts, each under its hash (SHA-256, hex), by which others know it. All of one claim are cut from one
 * draw: a draw a key would cost a claim of hundreds more than the rest of its making.
 */
export function newAttemptKeys(random: Random, count: number): Map<string, string> {
  const drawn = random.hex(keyBytes * count)
  const keys = new Map<string, string>()
  for (let at = 0; at < drawn.length; at += keyBytes * 2) {
    const key = drawn.slice(at, at + keyBytes * 2)
    keys.set(hash('sha256', key, 'hex'), key)
  }
  return keys
}
