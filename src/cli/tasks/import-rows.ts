import { problemsOf } from '../../contract/input-problems.ts'
import { newTask, type NewTaskInput } from '../../contract/inputs.ts'
import type { Row } from './rows.ts'

/** The columns a file may have, by their names in the database, and what the contract calls them. */
const columns: Record<string, keyof NewTaskInput> = {
  title: 'title',
  description: 'description',
  source: 'source',
  created_by: 'createdBy',
  assigned_jr: 'assignedJr',
  priority: 'priority',
  sacred_fire_priority: 'sacredFirePriority',
  urgent: 'urgent',
  channel: 'channel',
  score: 'score',
  campaign_id: 'campaignId',
  campaign: 'campaign',
  scheduled_at: 'scheduledAt',
  max_attempts: 'maxAttempts',
  tags: 'tags',
}

export interface LineProblem {
  line: number
  problem: string
}

/** The tasks of the rows, or every row that is none, with what is wrong with it. */
export function tasksOf(rows: readonly Row[]): { tasks: NewTaskInput[]; problems: LineProblem[] } {
  const tasks: NewTaskInput[] = []
  const problems: LineProblem[] = []
  for (const row of rows) {
    const outcome = 'problem' in row ? row.problem : taskOf(row.columns)
    if (typeof outcome === 'string') problems.push({ line: row.line, problem: outcome })
    else tasks.push(outcome)
  }
  return { tasks, problems }
}

function taskOf(row: Record<string, unknown>): NewTaskInput | string {
  const unknown = Object.keys(row).filter((name) => !Object.hasOwn(columns, name))
  if (unknown.length > 0) {
    return `has no column for ${unknown.map((name) => JSON.stringify(name.slice(0, 60))).join(', ')}; there are: ${Object.keys(columns).join(', ')}`
  }
  const given = Object.entries(row).map(([name, value]) => [
    columns[name],
    name === 'scheduled_at' ? epochOf(value) : value,
  ])
  const parsed = newTask.safeParse({ source: 'import', ...Object.fromEntries(given) }, { reportInput: true })
  if (parsed.success) return parsed.data
  return problemsOf(parsed.error.issues.map(asOfFile))
}

type Issue = Parameters<typeof problemsOf>[0][number]

/** A check's complaint by the names and in the forms that files have. */
function asOfFile(issue: Issue): Issue {
  const path = inColumns(issue.path)
  if (path[0] !== 'scheduled_at' || typeof issue.input !== 'string') return { ...issue, path }
  const found = JSON.stringify(issue.input.slice(0, 60))
  const message = `found ${found}, allowed a time such as 2026-12-24T18:00Z, or epoch milliseconds`
  return { code: 'custom', path, message }
}

/** Files write times as ISO 8601; numbers are epoch milliseconds. Anything else is left for the check to refuse. */
function epochOf(value: unknown): unknown {
  const parsed = typeof value === 'string' ? Date.parse(value) : Number.NaN
  return Number.isNaN(parsed) ? value : parsed
}

function inColumns([field, ...rest]: readonly PropertyKey[]): PropertyKey[] {
  return [Object.entries(columns).find(([, name]) => name === field)?.[0] ?? String(field), ...rest]
}
