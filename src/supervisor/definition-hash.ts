import { createHash } from 'node:crypto'
import type { WorkerDefinition } from '../config/policy.ts'

/**
 * Tells whether a running process is still the one that its definition describes. Only what the process is made of
 * counts: how often it runs, how it is watched and how it is stopped apply without a restart.
 */
export function definitionHash(definition: WorkerDefinition): string {
  const { command, cwd, env, envPass, envInherit } = definition
  const sortedEnv = Object.entries(env).sort(([a], [b]) => Number(a > b) - Number(a < b))
  const made = JSON.stringify([command, cwd, sortedEnv, [...envPass].sort(), envInherit])
  return createHash('sha256').update(made).digest('hex').slice(0, 32)
}
