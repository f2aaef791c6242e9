import type { ReadyView } from '../contract/outputs.ts'
import { apiVersion, type StatusView } from '../contract/views.ts'
import { Refusal } from './refusal.ts'

/** `GET /readyz`: whether work gets done here. Throws a Refusal (503) with all reasons why it does not. */
export function readinessOf({ daemon, database }: StatusView): ReadyView {
  const reasons = [
    ...(daemon.phase === 'running' || daemon.phase === 'draining' ? [] : [`the daemon is ${daemon.phase}`]),
    ...(database.state === 'up' ? [] : ['the database is away']),
  ]
  if (reasons.length === 0) return { apiVersion, ready: true }
  throw new Refusal(503, 'daemon.not_ready', `Not ready: ${reasons.join(', ')}`, 'See `jrctl status`.')
}
