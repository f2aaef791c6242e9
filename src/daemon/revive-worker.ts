import type { DeadLetter } from '../domain/dead-letter.ts'
import type { Supervisor, WorkerCommand } from '../supervisor/supervisor.ts'

/** After these a worker that was given up is at work again. */
export const revivingCommands: ReadonlySet<WorkerCommand['kind']> = new Set(['start', 'restart', 'resume'])

/** Replays a worker's dead letter: the worker is started, its breaker closed. */
export function reviveWith(supervisor: Pick<Supervisor, 'command'>) {
  return async ({ kind, jrName }: DeadLetter): Promise<{ reason: string; next: string } | null> => {
    const next = `jrctl workers start ${JSON.stringify(jrName ?? 'NAME')}`
    if (kind !== 'worker' || jrName === null)
      return { reason: `a ${kind} of ${jrName ?? 'nobody'} is not started by a replay`, next }
    const verdict = await supervisor.command(jrName, { kind: 'start' })
    switch (verdict.kind) {
      case 'done':
        return null
      case 'refused':
        return { reason: verdict.reason, next: 'jrctl workers' }
      case 'not_found':
        return {
          reason: `${jrName} is not configured any more`,
          next: 'jrctl dlq purge, when it is not to come back',
        }
      default:
        return verdict satisfies never
    }
  }
}
