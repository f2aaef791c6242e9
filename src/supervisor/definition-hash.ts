import { createHash } from 'node:crypto'
import type { WorkerDefinition } from '../config/policy.ts'

/**
 * Tells whether a running process is still the one that its definition describes. Only what the process is made of
 * counts: how often it runs, how it is watched and how it is stopped apply without a restart.
 */
export function definitionHash(definition: WorkerDefinition): string {
  const { command, cwd, env, envPass, envInherit, user, limits } = definition
  const sortedEnv = Object.entries(env).sort(([a], [b]) => Number(a > b) - Number(a < b))
  const made = JSON.stringify([
    command,
    cwd,
    sortedEnv,
    [...envPass].sort(),
    envInherit,
    // Absent where nothing is set: a daemon that learnt these keys does not restart whom it adopts.
    ...(user === undefined && limits === undefined ? [] : [user ?? null, limits ?? null]),
  ])
  return createHash('sha256').update(made).digest('hex').slice(0, 32)
}
