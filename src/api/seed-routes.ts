import type { PassView } from '../contract/orchestrator.ts'
import type { Route } from '../contract/routes.ts'
import { routes } from '../contract/routes.ts'
import type { Caller } from './caller.ts'
import type { Handlers } from './handlers.ts'

/** A route beside the contract's, for programs that knew it before there was one. */
export interface SeedRoute {
  /** For who describes the API. */
  name: string
  route: Route
  summary: string
  ask(by: string, caller: Caller): Promise<object>
}

/**
 * The cycle's routes with the paths and the shapes that its dashboards have always used; the same functions as under /v1. What
 * changes anything asks for the token, as everywhere.
 */
export function seedRoutes(handlers: Handlers): SeedRoute[] {
  return [
    {
      name: 'snapshotOfSeed',
      route: { ...routes.orchestratorSnapshot, path: '/orchestrator/snapshot' },
      summary: 'All that a pass of the cycle knows',
      async ask(by, caller) {
        const { snapshot } = await handlers.orchestratorSnapshot({}, by, caller)
        return ok({ snapshot })
      },
    },
    {
      name: 'runOnceOfSeed',
      route: { ...routes.runOrchestrator, path: '/orchestrator/run-once' },
      summary: 'One pass of the cycle, now',
      async ask(by, caller) {
        const { pass } = await handlers.runOrchestrator({ dryRun: false }, by, caller)
        return ok({ result: resultOf(pass) })
      },
    },
    {
      name: 'enableOfSeed',
      route: { ...routes.enableOrchestrator, path: '/orchestrator/enable' },
      summary: 'Turns the cycle on, on all nodes',
      async ask(by, caller) {
        const { intervalMs } = await handlers.enableOrchestrator({}, by, caller)
        return ok({
          orchestrator: { status: 'started', interval_seconds: intervalMs / 1000, enabled: true },
        })
      },
    },
    {
      name: 'disableOfSeed',
      route: { ...routes.disableOrchestrator, path: '/orchestrator/disable' },
      summary: 'Turns the cycle off, on all nodes',
      async ask(by, caller) {
        await handlers.disableOrchestrator({}, by, caller)
        return ok({ orchestrator: { status: 'stopped' } })
      },
    },
    {
      name: 'statusOfSeed',
      route: { ...routes.orchestratorStatus, path: '/orchestrator/status' },
      summary: 'Whether the cycle is on',
      async ask(by, caller) {
        const { enabled } = await handlers.orchestratorStatus({}, by, caller)
        return ok({ running: enabled })
      },
    },
  ]
}

function ok(answer: object): object {
  return { status: 'ok', ...answer }
}

/** A pass in the seed's words. */
function resultOf({ snapshot, verdicts, executions, succeeded, failed, at }: PassView): object {
  return {
    snapshot,
    decision: { actions: executions.map(({ decision }) => decision), verdicts },
    execution: { succeeded, failed, results: executions },
    timestamp: new Date(at).toISOString(),
  }
}
