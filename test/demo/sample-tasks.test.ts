import { expect, test } from 'vitest'
import { parseReportRequest } from '../../src/demo/report-request.ts'
import { sampleTasks } from '../../src/demo/sample-tasks.ts'

const projectDir = new URL('../..', import.meta.url).pathname
const tasks = sampleTasks(projectDir)

test('several hundred tasks for four Jrs, the same each time', () => {
  expect(tasks.length).toBeGreaterThan(400)
  expect(new Set(tasks.map((task) => task.assignedJr))).toEqual(
    new Set(['Software Engineer Jr.', 'Research Jr.', 'Infrastructure Jr.', 'it_triad_jr']),
  )
  expect(new Set(tasks.map((task) => task.title)).size).toBeGreaterThan(400)
  expect(sampleTasks(projectDir)).toEqual(tasks)
})

test('each holds a request that its Jr can read', () => {
  for (const { description = '', tags } of tasks) {
    const request = parseReportRequest(description)
    expect(request).toMatchObject({ kind: tags?.[1] })
  }
})

test("the project's own dependencies come first", () => {
  const priorities = tasks.map((task) => task.priority ?? 5)
  expect(priorities).toEqual(priorities.toSorted((a, b) => a - b))
  expect(tasks[0]?.priority).toBe(3)
  expect(tasks.at(-1)?.priority).toBe(5)
})
