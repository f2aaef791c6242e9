import type { DecisionRecord } from '../../../src/domain/cycle/decision.ts'
import { jrName, taskId } from '../../../src/domain/ids.ts'
import type { LedgerEntry } from '../../../src/domain/ledger-event.ts'
import type { ListedTask, TaskStatus } from '../../../src/domain/task.ts'
import { healthOf } from '../../../src/domain/cycle/health.ts'
import { titles } from '../at-work.ts'
import { decided } from '../cycle-fixture.ts'
import { listed, now } from '../fixture.ts'
import { deadOwn, deadTask } from '../letters-fixture.ts'

const minuteMs = 60_000

/** What the nine tasks at work have beside them, newest first. */
export const tasks: readonly ListedTask[] = [
  ...(
    [
      ['Compare three vector databases', 'pending'],
      ['Clean up the staging cluster', 'scheduled'],
      ['Find the slowest query of yesterday', 'retry'],
      ['Rewrite the onboarding guide', 'assigned'],
      ['Merge the duplicate customers', 'failed'],
    ] as const satisfies readonly [string, TaskStatus][]
  ).map(([title, status], index) =>
    listed(54 - index, status, {
      title,
      createdAt: now.wallMs - (index + 1) * minuteMs,
      scheduledAt: status === 'scheduled' || status === 'retry' ? now.wallMs + (index + 1) * 40_000 : null,
      error: status === 'failed' ? 'exit code 65: 214 customers have no address' : null,
      completedAt: status === 'failed' ? now.wallMs - minuteMs : null,
      attempts: status === 'failed' ? 4 : status === 'retry' ? 1 : 0,
    }),
  ),
  ...titles
    .map((title, index) =>
      listed(41 + index, 'in_progress', {
        title,
        urgent: index === 0,
        progressPercent: ((index + 1) * 17) % 100,
        createdAt: now.wallMs - (10 + index) * minuteMs,
        startedAt: now.wallMs - (index + 1) * 61_000,
      }),
    )
    .toReversed(),
  ...['Read the survey of March', 'Check the backups of node-b', 'Tidy the wiki’s front page'].map(
    (title, index) =>
      listed(40 - index, 'completed', {
        title,
        createdAt: now.wallMs - (30 + index) * minuteMs,
        startedAt: now.wallMs - (25 + index) * minuteMs,
        completedAt: now.wallMs - (5 + 2 * index) * minuteMs,
      }),
  ),
]

export const health = healthOf({
  jobs: { waiting: 212, oldestWaitingMs: 252_000, failures1h: 3 },
  ledger: { errors1h: 0 },
})

const ids = (...numbers: number[]) => numbers.map(taskId)

/** Newest first. */
export const decisions: readonly DecisionRecord[] = [
  decided(
    99,
    { action: 'retry_failed', retries: ids(52), deaths: [] },
    { decidedAt: now.wallMs - 8_000, result: { changed: ids(52), note: 'brought forward 1 task #52' } },
  ),
  decided(
    98,
    {
      action: 'rebalance_queue',
      moves: ids(61, 64, 66).map((id) => ({ taskId: id, from: 'Research Jr.' as never, to: null })),
      deadLetters: [],
    },
    {
      rule: 'queue_saturated',
      decidedAt: now.wallMs - 52_000,
      outcome: 'persists',
      measuredAt: now.wallMs - 5_000,
      result: { changed: ids(61, 64, 66), note: 'moved 3 tasks #61, #64, #66' },
    },
  ),
  decided(
    97,
    { action: 'promote_task', tasks: ids(41) },
    {
      rule: 'high_scores',
      decidedAt: now.wallMs - 14 * minuteMs,
      outcome: 'cleared',
      measuredAt: now.wallMs - 9 * minuteMs,
      result: { changed: ids(41), note: 'promoted 1 task #41' },
    },
  ),
]

type Told = [
  eventType: LedgerEntry['eventType'],
  about: number | string | null,
  message: string,
  level?: LedgerEntry['level'],
]

const story: readonly Told[] = [
  ['task.status_changed', 49, 'task 49 went from assigned to in_progress'],
  ['position.promoted', 48, 'task 48 promoted from 9 to 8: task 40 left'],
  ['task.status_changed', 40, 'task 40 went from in_progress to completed'],
  ['worker.ended', 'Infrastructure Jr.', 'exit code 1 after 4 s', 'warn'],
  ['task.status_changed', 50, 'task 50 went from in_progress to failed', 'warn'],
  ['dlq.added', 50, 'task 50 is dead: exit code 65: 214 customers have no address', 'error'],
  ['orchestrator.action_executed', 52, 'recent_failures: brought forward 1 task #52'],
  ['task.status_changed', 51, 'task 51 went from pending to assigned'],
  ['task.urgent', 41, 'task 41 is urgent, by top:ada (self-declared)'],
  ['position.demoted', 42, 'task 42 demoted from 1 to 2: task 41 is urgent'],
]

/** The newest last. */
export const entries: readonly LedgerEntry[] = story.map(entryOf)

function entryOf([eventType, about, message, level = 'info']: Told, index: number): LedgerEntry {
  const subject =
    typeof about === 'number' ? { taskId: taskId(about) } : about === null ? {} : { worker: about }
  return {
    id: 2_001 + index,
    createdAt: now.wallMs - (story.length - index) * 3_000,
    eventType,
    level,
    actor: 'daemon',
    message,
    hash: String(index).padStart(64, '0'),
    ...subject,
  }
}

export const letters = [
  deadTask(50, {
    title: 'Merge the duplicate customers',
    error: 'exit code 65: 214 customers have no address',
    diedAt: now.wallMs - minuteMs,
    jrName: jrName('Infrastructure Jr.'),
    replays: 0,
  }),
  deadOwn('w1', {
    title: 'Backup Jr.',
    jrName: jrName('Backup Jr.'),
    error: 'exit code 1 five times within 300 s',
    diedAt: now.wallMs - 26 * minuteMs,
  }),
  deadTask(33, {
    title: 'Read all invoices of 2019',
    error: 'the command took longer than 30 min',
    diedAt: now.wallMs - 48 * minuteMs,
    replays: 1,
  }),
]

export const logLines: readonly string[] = [
  '12:00:01 task 41 claimed: Find out why the nightly import takes three hours',
  '12:00:01 reading import/plan.sql',
  '12:00:09 asked the LLM for a reading of the plan (1,204 tokens in, 311 out)',
  '12:00:09 the sort of step 4 spills to disk: 38 GB',
  'warning: statistics of customers are 41 days old',
  '::progress 17 the slow step is known',
]
