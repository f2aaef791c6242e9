import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import type { RunnerOptions } from '../../../src/worker/runner.ts'
import { fixtureRunner } from '../support/fixture-runner.ts'

const programPath = fileURLToPath(new URL('../../fixtures/stream/program.ts', import.meta.url))

/** A runner whose program does what the titles of its tasks say. */
function streaming(more: Partial<RunnerOptions> = {}, ...args: string[]) {
  return fixtureRunner('', {
    stream: true,
    slots: 10,
    command: [process.execPath, programPath, ...args],
    ...more,
  })
}

/** Adds a task for each title, starts, and answers their rows once none is waiting or at work. */
async function runAll(titles: readonly string[], more: Partial<RunnerOptions> = {}) {
  const fixture = await streaming(more)
  const { queue, runner } = fixture
  const ids = titles.map((title) => queue.add({ title }))
  await runner.start()
  await queue.until(() => ids.every((id) => !['pending', 'in_progress'].includes(queue.row(id).status)))
  return { ...fixture, ids, rows: ids.map((id) => queue.row(id)) }
}

test('many tasks, one process, each its own answer', async () => {
  const titles = Array.from({ length: 200 }, (_, at) => `echo ${at}`)
  const { rows, logger } = await runAll(titles)
  expect(rows.map(({ status, result }) => ({ status, result }))).toEqual(
    titles.map((title) => ({ status: 'completed', result: { title } })),
  )
  expect(logger.lines.filter(({ message }) => message === 'the program was started')).toHaveLength(1)
})
