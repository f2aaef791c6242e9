import { expect, it } from 'vitest'
import { taskLines } from '../../../src/cli/tasks/show.ts'
import { taskId } from '../../../src/domain/ids.ts'
import { taskStatuses, type Task } from '../../../src/domain/task.ts'
import { aTask } from '../../support/task.ts'
import { fakeCli } from '../fake-cli.ts'

const completedAt = Date.UTC(2026, 0, 1)
const task = aTask({ id: taskId(7), attempts: 1, error: 'stuck: no progress for 30 min' })

const shown = (more: Partial<Task>, finishedBy: string | null = null) =>
  taskLines(
    { apiVersion: 1, task: { ...task, ...more }, attempts: [], finishedBy },
    fakeCli().output,
    completedAt + 60_000,
  )

it.each(taskStatuses)('calls the error of a task that waits once more why it came back: %s', (status) => {
  const isWaiting = status === 'pending' || status === 'assigned'
  const lines = shown({ status })
  expect(lines.includes('Came back')).toBe(isWaiting)
  expect(lines.includes('Error')).toBe(!isWaiting)
  expect(lines).toContain('  stuck: no progress for 30 min')
})

it('says who ended it, and nothing where nobody knows', () => {
  const end = (finishedBy: string | null, at: number | null) =>
    shown({ status: 'cancelled', completedAt: at }, finishedBy)
      .map((line) => line.trim())
      .find((line) => line.startsWith('ended'))
  expect(end('cli:ann', completedAt)).toMatch(/\(1 min ago\), by cli:ann$/)
  expect(end(null, completedAt)).toMatch(/\(1 min ago\)$/)
  expect(end('psql', null)).toMatch(/by psql$/)
  expect(end(null, null)).toBeUndefined()
})
