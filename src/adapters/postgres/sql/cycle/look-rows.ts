import { taskStatuses, type TaskStatus } from '../../../../domain/task.ts'
import { jrName, taskId } from '../../../../domain/ids.ts'
import { sanitize } from '../../../../domain/sanitize.ts'
import type { CampaignView, LineView, QueueSections, TaskRef } from '../../../../domain/cycle/snapshot.ts'
import type { CycleSight, CycleSwitch } from '../../../../ports/cycle-store.ts'
import { BugError } from '../../../../errors.ts'
import { knownStatus } from '../task-row.ts'
import { recordOfRow, type DecisionRow } from './decision-row.ts'

/** The one row of a look; lists come as JSON. */
export interface LookRow {
  taken_at: number
  counts: { status: string; tasks: number; deliveries: number }[]
  oldest_waiting_ms: number | null
  failures_1h: number
  oldest: RefRow[]
  retries: RefRow[]
  dead: RefRow[]
  scores: { tasks: number; average: number | null; high: number }
  high_waiting: RefRow[]
  low_waiting: RefRow[]
  online_jrs: number
  lines: (Omit<LineView, 'jrName' | 'failuresInARow' | 'last'> & { jrName: string; last: RefRow[] })[]
  channels: { channel: string; waiting: number; next: RefRow[] }[]
  campaigns_active: number
  campaigns: (Omit<CampaignView, 'next'> & { next: RefRow[] })[]
  switch: CycleSwitch | null
  rests: Record<string, number>
  unmeasured: DecisionRow[]
  open_intents: number
}

/** A task as `refOf` tells it; null where it went away meanwhile, which a statement's snapshot rules out. */
type RefRow =
  | (Omit<TaskRef, 'id' | 'status' | 'jrName' | 'title'> & {
      id: number
      title: string | null
      status: string
      jrName: string | null
    })
  | null

export function sightOfRow(row: LookRow | undefined): CycleSight {
  if (row === undefined) throw new BugError('a look at the queue answered no row')
  return {
    sections: sectionsOfRow(row),
    switch: row.switch,
    rests: row.rests,
    unmeasured: row.unmeasured.map(recordOfRow),
    openIntents: row.open_intents,
  }
}

function sectionsOfRow(row: LookRow): QueueSections {
  const jobs = countsOf(row, 'tasks')
  return {
    takenAt: row.taken_at,
    jobs: {
      ...jobs,
      waiting: jobs.pending + jobs.assigned,
      oldestWaitingMs: row.oldest_waiting_ms,
      failures1h: row.failures_1h,
      oldest: refsOf(row.oldest),
      retries: refsOf(row.retries),
      dead: refsOf(row.dead),
    },
    deliveries: {
      ...countsOf(row, 'deliveries'),
      byChannel: row.channels.map(({ channel, waiting, next }) => ({
        channel: sanitize(channel),
        waiting,
        next: refsOf(next),
      })),
    },
    campaigns: { active: row.campaigns_active, list: row.campaigns.map(campaignOf) },
    scores: { ...row.scores, highWaiting: refsOf(row.high_waiting), lowWaiting: refsOf(row.low_waiting) },
    onlineJrs: row.online_jrs,
    lines: row.lines.map(({ jrName: name, last, ...line }) => ({
      ...line,
      jrName: name === '' ? '' : jrName(name),
      last: refsOf(last),
    })),
  }
}

function countsOf({ counts }: LookRow, which: 'tasks' | 'deliveries'): Record<TaskStatus, number> {
  const found = new Map(counts.map((row) => [row.status, row[which]]))
  return Object.fromEntries(taskStatuses.map((status) => [status, found.get(status) ?? 0])) as Record<
    TaskStatus,
    number
  >
}

function campaignOf({ name, next, ...rest }: LookRow['campaigns'][number]): CampaignView {
  return { ...rest, name: sanitize(name), next: refsOf(next) }
}

function refsOf(rows: readonly RefRow[]): TaskRef[] {
  return rows.filter((row) => row !== null).map(refOfRow)
}

/** What other programs wrote is cleaned here, for a snapshot goes to logs, screens and the ledger. In the order in which it is read. */
function refOfRow(row: NonNullable<RefRow>): TaskRef {
  return {
    id: taskId(row.id),
    version: row.version,
    title: sanitize(row.title ?? ''),
    status: knownStatus(row.status),
    jrName: row.jrName === null ? null : jrName(row.jrName),
    channel: row.channel === null ? null : sanitize(row.channel),
    score: row.score,
    campaignId: row.campaignId,
    priority: row.priority,
    ageMs: row.ageMs,
    scheduledAt: row.scheduledAt,
  }
}
