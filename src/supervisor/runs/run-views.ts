import type { JrName } from '../../domain/ids.ts'
import type { WorkerView } from '../../domain/worker.ts'
import type { Work, ScheduledWorker } from './scheduled-worker.ts'

/** One view a try at work; one of the worker at rest when there is none. */
export function runViews(
  worker: ScheduledWorker,
  logFileOf: (name: JrName, slot: number) => string,
): WorkerView[] {
  const atWork = [...worker.work].sort((a, b) => a.stored.slot - b.stored.slot)
  if (atWork.length === 0) return [atRest(worker, logFileOf)]
  return atWork.map((work) => ofWork(worker, work, logFileOf))
}

function ofWork(
  worker: ScheduledWorker,
  { stored, execution }: Work,
  logFileOf: (name: JrName, slot: number) => string,
): WorkerView {
  const { instance } = execution
  return {
    ...always(worker),
    slot: stored.slot,
    instanceId: stored.id,
    state: execution.state,
    reason: execution.reason,
    pid: instance?.pid ?? null,
    startedAt: instance?.startedWallMs ?? null,
    nextStartAt: worker.nextStartAt,
    rssBytes: instance?.rssBytes ?? null,
    cpuPercent: instance?.cpuPercent ?? null,
    logFile: logFileOf(worker.name, stored.slot),
    adopted: instance?.adopted ?? false,
  }
}

function atRest(worker: ScheduledWorker, logFileOf: (name: JrName, slot: number) => string): WorkerView {
  return {
    ...always(worker),
    slot: 1,
    instanceId: null,
    state: worker.record.state,
    reason: worker.record.reason,
    pid: null,
    startedAt: null,
    nextStartAt: worker.nextStartAt,
    rssBytes: null,
    cpuPercent: null,
    logFile: logFileOf(worker.name, 1),
    adopted: false,
  }
}

function always(worker: ScheduledWorker) {
  const { definition, record, schedule } = worker
  return {
    name: worker.name,
    restarts: record.retried,
    lastExit: record.lastRun?.ending ?? null,
    heartbeatAgeMs: null,
    priority: definition.priority,
    department: definition.department,
    stopGraceMs: definition.stopGraceMs,
    schedule: {
      cron: schedule.cron,
      timezone: schedule.timezone,
      waiting: record.waiting.length,
      lastRun: record.lastRun,
    },
  }
}
