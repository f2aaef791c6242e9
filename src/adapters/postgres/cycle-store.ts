import type { ActionResult, Decision } from '../../domain/cycle/decision.ts'
import { BugError } from '../../errors.ts'
import type { Led } from '../../ports/cluster-duties.ts'
import type { CycleStore } from '../../ports/cycle-store.ts'
import type { Mandate } from '../../ports/leadership.ts'
import type { Database } from './connect.ts'
import { actionStatement } from './sql/cycle/act.ts'
import { resultOf, type StoredResult } from './sql/cycle/decision-row.ts'
import { decisions, openIntents, readDecision } from './sql/cycle/decisions.ts'
import { keepHealthTold, readHealthTold } from './sql/cycle/health-told.ts'
import { intend } from './sql/cycle/intend.ts'
import { look } from './sql/cycle/look.ts'
import { measured } from './sql/cycle/measured.ts'
import { prune } from './sql/cycle/prune.ts'
import { recount } from './sql/cycle/recount.ts'
import { rests } from './sql/cycle/rests.ts'
import { settle } from './sql/cycle/settle.ts'
import { readSwitch, setSwitch } from './sql/cycle/switch.ts'
import { underMandate } from './sql/under-mandate.ts'

/**
 * The cycle's questions and deeds over Postgres: one operation a file in `sql/cycle/`. Tasks are changed under the name of the rule,
 * and whatever is written proves the mandate (see sql/under-mandate.ts).
 * @param offlineAfterMs a Jr that was not seen for so long is not there
 */
export function createCycleStore(db: Database, { offlineAfterMs }: { offlineAfterMs: number }): CycleStore {
  return {
    look: (question) => look(db, question),
    setEnabled: (enabled, by) => setSwitch(db, enabled, by),
    readSwitch: () => readSwitch(db),
    intend: (mandate, decided, observed) => intend(db, mandate, decided, observed),
    act: (mandate, decision) => act(db, mandate, decision, offlineAfterMs),
    settle: (mandate, id, how) => settle(db, mandate, id, how),
    rests: () => rests(db),
    openIntents: () => openIntents(db),
    measured: (mandate, outcomes) => measured(db, mandate, outcomes),
    recount: (mandate) => recount(db, mandate),
    prune: (mandate, ages, limit) => prune(db, mandate, ages, limit),
    readHealthTold: () => readHealthTold(db),
    keepHealthTold: (mandate, status) => keepHealthTold(db, mandate, status),
    decisions: (filter) => decisions(db, filter),
  }
}

async function act(
  db: Database,
  mandate: Mandate,
  decision: Decision,
  offlineAfterMs: number,
): Promise<Led<ActionResult>> {
  const { statement, values } = actionStatement(decision, offlineAfterMs)
  const done = await underMandate<{ result: StoredResult | null }>(
    db,
    mandate,
    statement,
    [decision.id, ...values],
    `orchestrator:${decision.rule}`,
  )
  if (!done.led) return done
  const stored = done.result[0]?.result ?? null
  return {
    led: true,
    result: stored === null ? await settledBefore(db, decision) : resultOf(decision, stored),
  }
}

/** There was no open intent: somebody, perhaps an earlier try of ours, came before. */
async function settledBefore(db: Database, { id }: Decision): Promise<ActionResult> {
  const record = await readDecision(db, id)
  if (record === null) throw new BugError(`decision ${id} was acted upon before it was on record`)
  if (record.result !== null) return record.result
  return { changed: [], note: record.error === null ? 'was only observed' : `had failed: ${record.error}` }
}
