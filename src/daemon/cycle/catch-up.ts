import type { DecisionRecord } from '../../domain/cycle/decision.ts'
import type { CycleStore } from '../../ports/cycle-store.ts'
import type { Ledger } from '../../ports/ledger.ts'
import type { CycleRecord } from './cycle-record.ts'

/** What one pass may do, twice over. */
const recordsMax = 20
/** Entries among which they are looked for. */
const toldMax = 100
/** Reigns of this node that its ledger is asked about. */
const reignsMax = 10

/**
 * Tells what an earlier life of this daemon did and died before it could say so: the queue has it on record. What was told is
 * not told again; what other nodes did is in their ledgers.
 */
export async function tellWhatWasDone(deps: {
  store: Pick<CycleStore, 'decisions'>
  ledger: Pick<Ledger, 'read'>
  record: Pick<CycleRecord, 'executed'>
}): Promise<void> {
  const reigns = deps.ledger.read({ type: 'cluster.leader_gained', limit: reignsMax })
  const terms = new Set(reigns.map(({ data }) => data?.['term']))
  const told = deps.ledger.read({ type: 'orchestrator.action_*', limit: toldMax })
  // One that failed and was to be tried again may have been done since.
  const known = new Set(
    told.flatMap(({ data }) => (data?.['willBeTriedAgain'] === true ? [] : [data?.['decision']])),
  )
  for (const made of await deps.store.decisions({ limit: recordsMax })) {
    const [term, pass] = made.decision.id.split('-').map(Number)
    if (terms.has(term) && !known.has(made.decision.id)) tell(made, pass ?? 0, deps.record)
  }
}

function tell(
  { decision, state, result, error }: DecisionRecord,
  pass: number,
  record: Pick<CycleRecord, 'executed'>,
) {
  if (state === 'executed' || state === 'failed') record.executed(pass, { decision, state, result, error })
}
