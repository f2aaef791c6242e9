import type { RetentionPolicy } from '../../config/policy.ts'
import type { Clock } from '../../ports/clock.ts'
import type { Ledger } from '../../ports/ledger.ts'
import type { Logger } from '../../ports/logger.ts'
import { type Duty, createDuty } from '../duty.ts'

/** A ledger grows by at most some ten thousand entries a minute. */
const everyMs = 600_000

/** Keeps the ledger within the age and the number of entries that the policy allows. */
export function createLedgerPruning(deps: {
  ledger: Ledger
  policy: Pick<RetentionPolicy, 'ledgerMs' | 'ledgerEntries'>
  clock: Clock
  logger: Logger
}): Duty {
  const { ledger, policy, clock } = deps
  const logger = deps.logger.child({ part: 'ledger' })

  async function run(): Promise<void> {
    const before = policy.ledgerMs === null ? 0 : clock.wallMs() - policy.ledgerMs
    const pruned = await ledger.prune({ before, entries: policy.ledgerEntries })
    if (pruned === 0) return
    const message = `the oldest ${pruned} entries left the ledger, as its retention says; what is left verifies`
    logger.info({ pruned }, message)
    ledger.note({ eventType: 'ledger.pruned', level: 'info', actor: 'retention', message, data: { pruned } })
  }

  return createDuty({ name: 'pruning the ledger', everyMs, minGapMs: 1_000, run }, { clock, logger })
}
