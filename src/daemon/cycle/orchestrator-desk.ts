import type { OrchestratorDesk } from '../../api/orchestrator.ts'
import type { OrchestratorStatusView } from '../../contract/orchestrator.ts'
import { apiVersion } from '../../contract/views.ts'
import type { CycleStore } from '../../ports/cycle-store.ts'
import type { Leadership } from '../../ports/leadership.ts'
import type { Nodes } from '../../ports/nodes.ts'
import type { Cycle } from './cycle.ts'

/** Decisions that the status shows. */
const shownMax = 5

/** What is asked of the cycle over the API; each question works on every node, but a pass is the leader's. */
export function createOrchestratorDesk(deps: {
  cycle: Cycle
  store: Pick<CycleStore, 'readSwitch' | 'rests' | 'decisions'>
  nodes: Pick<Nodes, 'list'>
  leadership: Pick<Leadership, 'leader'>
}): OrchestratorDesk {
  const { cycle, store } = deps

  async function leader(): Promise<OrchestratorStatusView['leader']> {
    const [found, nodes] = await Promise.all([deps.leadership.leader(), deps.nodes.list()])
    if (found === null) return null
    return { nodeId: found.nodeId, host: nodes.find(({ nodeId }) => nodeId === found.nodeId)?.host ?? null }
  }

  return {
    snapshot: () => cycle.look(),
    async runOnce(by, dryRun) {
      const pass = await (dryRun ? cycle.preview(by) : cycle.runOnce(by))
      return pass === null ? { kind: 'not_leading', leader: await leader() } : { kind: 'done', pass }
    },
    async turn(enabled, by) {
      return { ...(await cycle.turn(enabled, by)), intervalMs: cycle.policy().intervalMs }
    },
    async status() {
      const [turned, led, rests, decisions] = await Promise.all([
        store.readSwitch(),
        leader(),
        store.rests(),
        store.decisions({ limit: shownMax }),
      ])
      return {
        apiVersion,
        enabled: turned?.enabled ?? cycle.policy().enabled,
        switchedBy: turned === null ? null : { by: turned.by, at: turned.at },
        leader: led,
        cycle: cycle.view(),
        rests,
        decisions,
      }
    },
    decisions: (filter) => store.decisions(filter),
  }
}
