import type { OrchestratorDesk } from '../../src/api/orchestrator.ts'
import type { CycleView, PassView } from '../../src/contract/orchestrator.ts'
import { apiVersion } from '../../src/contract/views.ts'
import { nodeId } from '../../src/domain/ids.ts'
import { aSnapshot } from '../support/cycle-sections.ts'

export function aCycleView(more: Partial<CycleView> = {}): CycleView {
  return {
    enabled: false,
    mode: 'act',
    intervalMs: 2_000,
    leads: true,
    passes: { total: 0, acted: 0, observed: 0, idle: 0, failed: 0 },
    durations: null,
    actions: { executed: 0, failed: 0 },
    rules: {},
    lastPass: null,
    health: null,
    problem: null,
    ...more,
  }
}

/** A pass at which nothing was to be done. */
export function aPassView(more: Partial<PassView> = {}): PassView {
  return {
    number: 1,
    kind: 'idle',
    at: 0,
    durationMs: 3,
    askedBy: null,
    succeeded: 0,
    failed: 0,
    snapshot: aSnapshot(),
    verdicts: [],
    executions: [],
    outcomes: [],
    ...more,
  }
}

export interface FakeOrchestratorDesk extends OrchestratorDesk {
  /** Whether this node leads; another one does else. */
  leads: boolean
}

/** A cycle of a fleet at rest. */
export function fakeOrchestratorDesk(): FakeOrchestratorDesk {
  let enabled = false
  const other = { nodeId: nodeId('other'), host: 'machine-2' }
  const desk: FakeOrchestratorDesk = {
    leads: true,
    snapshot: async () => aSnapshot(),
    runOnce: async (askedBy, dryRun) =>
      dryRun || desk.leads
        ? { kind: 'done', pass: aPassView(dryRun ? { askedBy, number: 0, kind: 'dry_run' } : { askedBy }) }
        : { kind: 'not_leading', leader: other },
    async turn(next) {
      const changed = next !== enabled
      enabled = next
      return { changed, intervalMs: 2_000 }
    },
    status: async () => ({
      apiVersion,
      enabled,
      switchedBy: null,
      leader: desk.leads ? { nodeId: nodeId('node'), host: 'machine-1' } : other,
      cycle: aCycleView({ enabled, leads: desk.leads }),
      rests: {},
      decisions: [],
    }),
    decisions: async () => [],
  }
  return desk
}
