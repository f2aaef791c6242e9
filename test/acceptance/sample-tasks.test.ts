import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import type { ReportRequest } from '../../src/demo/report-request.ts'
import { sampleTasks } from '../../src/demo/sample-tasks.ts'
import { recompute } from '../support/recompute-reports.ts'
import { start } from '../support/jrctl.ts'
import { startFleet, until } from './fleet.ts'
import type { TestFleet } from './fleet.ts'

const projectDir = new URL('../..', import.meta.url).pathname.replace(/\/$/, '')

let fleet: TestFleet | undefined
afterAll(() => fleet?.end())

/**
 * Each task is a process of its own; on two busy cores all of them take more than a minute. So it is each fifth (no report's kind comes
 * each fifth time, so that all kinds are among them), or with JRCTL_SAMPLE=1 each one.
 */
const everyNth = Number(process.env['JRCTL_SAMPLE'] ?? 5)

test(
  'the sample is done once each through a kill -9 of the daemon, every result right',
  { timeout: 240_000 },
  async () => {
    fleet = await startFleet(await shippedWorkers())
    const { sql, place, daemon } = fleet
    const wanted = sampleTasks(projectDir).filter((_, at) => at % everyNth === 0)
    await writeFile(join(place.dir, 'sample.jsonl'), wanted.map(asLine).join('\n'))
    await fleet.json('tasks', 'import', 'sample.jsonl')

    await until(completed, (count) => count >= 25)
    daemon.child.kill('SIGKILL')
    await daemon.exited
    const before = await workers()
    const next = start(place, ['daemon', '--until-idle'])
    await next.said(/Managing 4 Jrs/)
    // The workers lived through it.
    expect(before).toHaveLength(3)
    expect(await workers()).toEqual(before)
    expect(await next.exited).toBe(0)

    const { rows } = await sql.query<Row>(rowsSql)
    expect(rows).toHaveLength(wanted.length)
    const other = recompute(projectDir)
    for (const { description, result, ...life } of rows) {
      const request = JSON.parse(description) as ReportRequest
      expect({ request, ...life, result }).toEqual({
        request,
        status: 'completed',
        progress: 100,
        completions: 1,
        attempts: request.kind === 'duplicates' ? 0 : 1,
        result: other.report(request.kind, request.path),
      })
    }

    async function completed(): Promise<number> {
      const answer = await sql.query<{ n: number }>(
        "SELECT count(*)::int AS n FROM jr_work_queue WHERE status = 'completed'",
      )
      return answer.rows[0]?.n ?? 0
    }

    async function workers(): Promise<string[]> {
      const answer = await sql.query<{ instance_id: string }>(
        'SELECT instance_id FROM jr_instances ORDER BY 1',
      )
      return answer.rows.map((row) => row.instance_id)
    }
  },
)

interface Row {
  description: string
  status: string
  progress: number
  /** Times that the trigger saw it become completed. */
  completions: number
  /** Leased attempts; the legacy worker knows none. */
  attempts: number
  result: unknown
}

const rowsSql = `
  SELECT task.description, task.status, task.progress_percent AS progress, task.result,
    (SELECT count(*)::int FROM jr_events WHERE task_id = task.id AND to_status = 'completed') AS completions,
    (SELECT count(*)::int FROM jr_attempts WHERE task_id = task.id) AS attempts
  FROM jr_work_queue AS task ORDER BY task.id`

/** The four Jrs as config.example.toml has them. */
async function shippedWorkers(): Promise<string> {
  const example = await readFile(join(projectDir, 'config.example.toml'), 'utf8')
  return example.slice(example.indexOf('\n[[workers]]'))
}

/** A line of JSONL with the columns' names. */
function asLine(task: ReturnType<typeof sampleTasks>[number]): string {
  const { title, description, source, priority, tags } = task
  return JSON.stringify({ title, description, source, priority, tags, assigned_jr: task.assignedJr })
}
