import { createTaskQueue } from '../adapters/postgres/task-queue.ts'
import type { UnitQuestion } from '../cli/local-services.ts'
import { instanceId } from '../domain/ids.ts'
import { workerOfUnit } from '../domain/units/unit-name.ts'
import { type ExitCode, exitCode } from '../errors.ts'
import { openForLook } from './open-for-look.ts'
import { note, type Origin } from './origin.ts'
import { loadConfig } from './read-config.ts'
import { invocationIn } from './unit-invocation.ts'

/**
 * After the end of a worker that systemd ran (ExecStopPost): what it had at work goes back to the queue at once, its tree being
 * gone. One that ended well has given it back itself.
 */
export async function settleWorker(question: UnitQuestion, origin: Origin): Promise<ExitCode> {
  const { env } = origin.process
  const id = invocationIn(env)
  if (id === undefined || env['SERVICE_RESULT'] === 'success') return exitCode.ok
  const { policy } = await loadConfig(origin)
  const opened = await openForLook('jrctl workers ended', policy, origin)
  try {
    const queue = createTaskQueue(opened.database, { retry: policy.queue.retry })
    const cause = endingIn(env)
    for (const { taskId, status } of await queue.returnLeases(instanceId(id), cause))
      note(origin, `task ${taskId} came back from ${nameOf(question)}, which ${cause}: now ${status}`)
    await queue.retire(instanceId(id))
    return exitCode.ok
  } finally {
    await opened.close()
  }
}

/** As systemd.exec(5) says it by variables, in plain words. */
export function endingIn(env: NodeJS.ProcessEnv): string {
  const { SERVICE_RESULT: result, EXIT_CODE: code, EXIT_STATUS: status } = env
  if (result === 'watchdog') return 'gave no sign of life, and was killed'
  if (result === 'timeout') return 'took too long, and was killed'
  if (result === 'oom-kill') return 'was killed: over its memory limit'
  if (code === 'exited') return status === '0' ? 'exited cleanly' : `exited with code ${status ?? '?'}`
  if (code === 'killed' || code === 'dumped') return `was killed by SIG${(status ?? '?').replace(/^SIG/, '')}`
  return `ended: ${result ?? 'nobody knows how'}`
}

function nameOf(question: UnitQuestion): string {
  return question.unit === undefined ? question.name : (workerOfUnit(question.unit)?.name ?? question.unit)
}
