import type { Parsed } from '../contract/inputs.ts'
import type {
  OrchestratorDecisionsView,
  OrchestratorPassView,
  OrchestratorSnapshotView,
  OrchestratorStatusView,
  OrchestratorSwitchView,
  PassView,
} from '../contract/orchestrator.ts'
import { apiVersion } from '../contract/views.ts'
import type { DecisionRecord } from '../domain/cycle/decision.ts'
import type { Snapshot } from '../domain/cycle/snapshot.ts'
import { present } from './present.ts'
import { Refusal } from './refusal.ts'

/** What the daemon does for the cycle's routes. */
export interface OrchestratorDesk {
  snapshot(): Promise<Snapshot>
  /** A pass is the leader's; a dry run is anybody's. */
  runOnce(
    by: string,
    dryRun: boolean,
  ): Promise<
    { kind: 'done'; pass: PassView } | { kind: 'not_leading'; leader: OrchestratorStatusView['leader'] }
  >
  turn(enabled: boolean, by: string): Promise<{ changed: boolean; intervalMs: number }>
  status(): Promise<OrchestratorStatusView>
  decisions(filter: { rule?: string; before?: number; limit: number }): Promise<DecisionRecord[]>
}

/** The routes under /v1/orchestrator; the seed's paths are mounted over the same functions. */
export function orchestratorHandlers(desk: OrchestratorDesk) {
  const turn =
    (enabled: boolean) =>
    async (_: object, by: string): Promise<OrchestratorSwitchView> => ({
      apiVersion,
      enabled,
      ...(await desk.turn(enabled, by)),
    })
  return {
    orchestratorSnapshot: async (): Promise<OrchestratorSnapshotView> => ({
      apiVersion,
      snapshot: await desk.snapshot(),
    }),
    async runOrchestrator({ dryRun }: Parsed<'runOrchestrator'>, by: string): Promise<OrchestratorPassView> {
      const answer = await desk.runOnce(by, dryRun)
      if (answer.kind === 'done') return { apiVersion, pass: answer.pass }
      throw notLeading(answer.leader)
    },
    enableOrchestrator: turn(true),
    disableOrchestrator: turn(false),
    orchestratorStatus: () => desk.status(),
    orchestratorDecisions: async (
      filter: Parsed<'orchestratorDecisions'>,
    ): Promise<OrchestratorDecisionsView> => ({
      apiVersion,
      decisions: await desk.decisions(present(filter)),
    }),
  }
}

function notLeading(leader: OrchestratorStatusView['leader']): Refusal {
  const dry = 'What a pass would do is told here, too: run-once --dry-run.'
  if (leader === null)
    return new Refusal(
      409,
      'orchestrator.no_leader',
      'No node leads the fleet now, so nobody can make a pass',
      `Try again in some seconds. ${dry}`,
    )
  const where = leader.host === null ? '' : ` on ${leader.host}`
  return new Refusal(
    409,
    'orchestrator.not_leading',
    `This node does not lead the fleet: ${leader.nodeId}${where} does, and makes the passes`,
    `Ask there: run it${where === '' ? ' on that machine' : where}, or over its TCP address. ${dry}`,
  )
}
