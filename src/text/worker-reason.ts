import type { ScheduleView, WorkerView } from '../domain/worker.ts'
import { count, duration } from './format.ts'

/** Why a worker is in its state; of a scheduled one also how its last run went, and when the next comes. */
export function workerReason(worker: WorkerView, nowMs: number): string {
  const { schedule, reason, state, nextStartAt } = worker
  if (schedule === undefined) return reason
  const isOn = state === 'running' || state === 'starting' || state === 'stopping'
  const waiting =
    schedule.waiting > 0 && state !== 'backoff' ? [`${count(schedule.waiting, 'run')} waiting`] : []
  const next =
    nextStartAt === null || isOn ? [] : [`next ${inText(nextStartAt - nowMs)} (${scheduleWords(schedule)})`]
  return [...(isOn ? [`run ${reason}`] : [lastWords(worker, schedule, nowMs)]), ...waiting, ...next].join(
    '; ',
  )
}

function lastWords({ reason, state }: WorkerView, { lastRun }: ScheduleView, nowMs: number): string {
  if (lastRun === null || state === 'backoff' || state === 'paused') return reason
  const ago = `${duration(Math.max(0, nowMs - lastRun.endedAt))} ago`
  if (lastRun.outcome !== 'succeeded') return `${reason}, ${ago}`
  return `last run succeeded ${ago}, in ${duration(Math.max(0, lastRun.endedAt - lastRun.startedAt))}`
}

function inText(ms: number): string {
  return ms <= 0 ? 'now' : `in ${duration(ms)}`
}

function scheduleWords({ cron, timezone }: ScheduleView): string {
  return timezone === null ? cron : `${cron}, ${timezone}`
}
