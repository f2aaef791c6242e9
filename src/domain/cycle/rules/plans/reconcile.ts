import type { Plan } from '../rule.ts'

export function reconcile(): Plan {
  return { kind: 'action', action: { action: 'trigger_reconciliation' } }
}
