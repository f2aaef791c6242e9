import { above, counted } from './judgement.ts'
import { reconcile } from './plans/reconcile.ts'
import type { BuiltInRule } from './rule.ts'

const errorsMax = 5

export const ledgerErrors: BuiltInRule = {
  name: 'ledger_errors',
  priority: 7,
  action: 'trigger_reconciliation',
  condition: `more than ${errorsMax} errors in the ledger within the last hour`,
  does: 'brings queue, leases, workers and local state back into agreement',
  looksAt: ['ledger.errors1h'],
  judge: ({ ledger }) =>
    above(
      ledger.errors1h,
      errorsMax,
      `the ledger has ${counted(ledger.errors1h, 'error', 'errors')} of the last hour`,
    ),
  plan: reconcile,
}
