import { fileURLToPath } from 'node:url'
import type { TaskId } from '../../../src/domain/ids.ts'
import type { RunnerOptions } from '../../../src/worker/runner.ts'
import { fixtureRunner } from '../support/fixture-runner.ts'
import type { FixtureRunner } from '../support/fixture-runner.ts'
import type { DoubleRow } from '../support/queue-double.ts'

/** Does what the titles of its tasks say. */
export const programPath = fileURLToPath(new URL('../../fixtures/stream/program.ts', import.meta.url))

export const policy = {
  pollIntervalMs: 30_000,
  claimBatch: 100,
  leaseMs: 60_000,
  renewIntervalMs: 15_000,
  finishMs: 2000,
  stopGraceMs: 4000,
}

export function streaming(more: Partial<RunnerOptions> = {}): Promise<FixtureRunner> {
  return fixtureRunner('', {
    stream: true,
    slots: 10,
    command: [process.execPath, programPath],
    policy,
    ...more,
  })
}

/** Adds a task for each title, starts, and answers their rows once none is waiting or at work. */
export async function runAll(
  titles: readonly string[],
  more: Partial<RunnerOptions> = {},
): Promise<FixtureRunner & { ids: TaskId[]; rows: DoubleRow[] }> {
  const fixture = await streaming(more)
  const { queue, runner } = fixture
  const ids = titles.map((title) => queue.add({ title }))
  await runner.start()
  await queue.until(() => ids.every((id) => !['pending', 'in_progress'].includes(queue.row(id).status)))
  return { ...fixture, ids, rows: ids.map((id) => queue.row(id)) }
}

/** How often the program was started. */
export function starts({ logger }: FixtureRunner): number {
  return logger.lines.filter(({ message }) => message === 'the program was started').length
}
