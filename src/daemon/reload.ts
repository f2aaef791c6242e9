import type { Policy } from '../config/policy.ts'

/** Which parts of the policy differ; those that are not live take effect at the next start. */
export function changedParts(before: Policy, after: Policy): string[] {
  const same = (a: unknown, b: unknown) => JSON.stringify(a) === JSON.stringify(b)
  const parts = [
    'workers',
    'shutdown',
    'queue',
    'retention',
    'capacity',
    'gateway',
    'alerts',
    'supervisor',
    'memory',
    'nightly',
    'orchestrator',
    'logs',
    'api',
    'windows',
    'bus',
    'stateDir',
  ] as const
  const live = new Set<string>([
    'workers',
    'shutdown',
    'capacity',
    'gateway',
    'alerts',
    'orchestrator',
    'windows',
    'bus',
  ])
  // The ways in over TCP change at once, the sockets with the next start.
  const sockets = ({ api }: Policy) => [api.socket, api.workerSocket]
  if (same(sockets(before), sockets(after))) live.add('api')
  return parts
    .filter((part) => !same(before[part], after[part]))
    .map((part) => (live.has(part) ? part : `${part} (at the next start)`))
}
