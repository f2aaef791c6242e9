import type { DeadLetter } from '../../domain/dead-letter.ts'
import type { Fleet } from '../../supervisor/fleet.ts'
import type { WorkerCommand } from '../../supervisor/supervisor.ts'

/** After these a worker that was given up is at work again. */
export const revivingCommands: ReadonlySet<WorkerCommand['kind']> = new Set(['start', 'restart', 'resume'])

/** Replays a dead letter of this node's: a worker is started, its breaker closed; a run is asked for, to begin in its turn. */
export function reviveWith(supervisor: Pick<Fleet, 'command' | 'runNow'>) {
  return async (
    { kind, jrName }: DeadLetter,
    by: string,
  ): Promise<{ reason: string; next: string } | null> => {
    const next = `jrctl workers start ${JSON.stringify(jrName ?? 'NAME')}`
    if (kind === 'run' && jrName !== null) {
      const reason = supervisor.runNow(jrName, by)
      return reason === null ? null : { reason, next: 'jrctl workers' }
    }
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
