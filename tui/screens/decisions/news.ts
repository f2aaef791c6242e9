import type { OrchestratorLineView } from '../../../src/contract/orchestrator.ts'

/** Whether what the status tells of the cycle says that there is something new to be asked for. */
export function isNewsOfCycle(
  before: OrchestratorLineView | undefined,
  after: OrchestratorLineView | undefined,
): boolean {
  return JSON.stringify(toldOf(before)) !== JSON.stringify(toldOf(after))
}

/** All but the last pass: there is another every two seconds, and most of them find nothing to do. */
function toldOf(cycle: OrchestratorLineView | undefined) {
  return cycle && { ...cycle, lastPass: null }
}
