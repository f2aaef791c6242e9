import { expect, test } from 'vitest'
import { makeReport } from '../../src/demo/report.ts'
import type { ReportRequest } from '../../src/demo/report-request.ts'
import { sampleTasks } from '../../src/demo/sample-tasks.ts'
import { recompute } from '../support/recompute-reports.ts'

const projectDir = new URL('../..', import.meta.url).pathname.replace(/\/$/, '')
const tasks = sampleTasks(projectDir)
const requests = tasks.map((task) => JSON.parse(task.description ?? '') as ReportRequest)

test('every report agrees with the same found by other means', { timeout: 60_000 }, () => {
  const other = recompute(projectDir)
  const ours = requests.map((request) => ({ ...request, report: plain(makeReport(request, projectDir)) }))
  const theirs = requests.map((request) => ({ ...request, report: other.report(request.kind, request.path) }))
  expect(ours).toEqual(theirs)
  // Nothing that npm sees installed for more than its tools' sake was left out.
  expect([...new Set(requests.map((request) => request.path))].toSorted()).toEqual(other.needed)
})

/** As it is in the task's row. */
function plain(report: object): unknown {
  return JSON.parse(JSON.stringify(report))
}
