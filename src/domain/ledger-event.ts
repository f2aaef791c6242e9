import { canonicalJson } from './canonical-json.ts'
import type { TaskId } from './ids.ts'
import type { Json } from './task.ts'

export const ledgerLevels = ['info', 'warn', 'error'] as const
export type LedgerLevel = (typeof ledgerLevels)[number]

/**
 * One thing that happened: who, what, why. `eventType` is dotted, past tense, from the catalogue below.
 * Hash: SHA-256 over the previous hash and the canonical JSON of the entry without its own hash.
 */
export interface NewLedgerEntry {
  eventType: LedgerEventType
  level: LedgerLevel
  /** Who did it: `daemon`, `jr:NAME`, `cli:USER (self-declared)`, `sql:APPLICATION`. */
  actor: string
  taskId?: TaskId
  worker?: string
  /** Plain words for a person. */
  message: string
  data?: { [key: string]: Json }
  /** Appending the same key twice keeps the first: how projections of the event feed stay idempotent. */
  dedupeKey?: string
}

export interface LedgerEntry extends NewLedgerEntry {
  id: number
  /** Epoch milliseconds. */
  createdAt: number
  hash: string
}

/** The hash before the first entry. */
export const ledgerGenesisHash = '0'.repeat(64)

/** The text whose SHA-256 (UTF-8, hex) is the entry's hash. Absent and null are the same, as they are in a table. */
export function ledgerHashInput(entry: Omit<LedgerEntry, 'hash'>, previousHash: string): string {
  return canonicalJson({
    previousHash,
    id: entry.id,
    createdAt: entry.createdAt,
    eventType: entry.eventType,
    level: entry.level,
    actor: entry.actor,
    taskId: entry.taskId ?? null,
    worker: entry.worker ?? null,
    message: entry.message,
    data: entry.data ?? null,
    dedupeKey: entry.dedupeKey ?? null,
  })
}

/** With `afterId` the first `limit` entries after it (to page on, to follow); without, the last `limit`, or the last before `beforeId`. */
export interface LedgerFilter {
  /** A type, or a prefix ending in `*`. */
  type?: string
  taskId?: TaskId
  worker?: string
  level?: LedgerLevel
  /** Epoch milliseconds. */
  since?: number
  afterId?: number
  beforeId?: number
  limit: number
}

export const ledgerEventTypes = [
  'daemon.started',
  'daemon.stopped',
  'daemon.reloaded',
  'daemon.state_rebuilt',
  'daemon.queue_changed',
  'daemon.stalled',
  'daemon.took_over',
  'worker.commanded',
  'worker.starting',
  'worker.running',
  'worker.ready',
  'worker.waiting',
  'worker.adopted',
  'worker.ended',
  'worker.backoff',
  'worker.stopping',
  'worker.stopped',
  'worker.paused',
  'worker.resumed',
  'worker.missing',
  'worker.disabled',
  'worker.enabled',
  'breaker.opened',
  'breaker.half_opened',
  'breaker.closed',
  'dlq.added',
  'run.started',
  'run.adopted',
  'run.finished',
  'run.failed',
  'run.skipped',
  'run.missed',
  'agent.dependencies.unhealthy',
  'task.inserted',
  'task.updated',
  'task.deleted',
  'task.status_changed',
  'task.urgent',
  'task.urgent_undone',
  'task.rescued',
  'position.promoted',
  'position.demoted',
  'cluster.leader_gained',
  'cluster.leader_lost',
  'retention.pruned',
  'database.lost',
  'database.restored',
  'state.disk_filled',
  'state.pinned',
  'state.recovered',
  'state.restored',
  'logs.rotation_failed',
  'logs.rotation_recovered',
  'ledger.entries_lost',
  'ledger.pruned',
  'alert.lost',
  'system.memory.warning',
  'system.memory.critical',
  'system.memory.recovered',
  'system.health.healthy',
  'system.health.degraded',
  'system.health.critical',
  'orchestrator.enabled',
  'orchestrator.disabled',
  'orchestrator.cycle_started',
  'orchestrator.cycle_completed',
  'orchestrator.cycle_idle',
  'orchestrator.cycle_error',
  'orchestrator.action_executed',
  'orchestrator.action_failed',
  'orchestrator.action_observed',
  'orchestrator.outcome_measured',
  'campaign.added',
  'campaign.changed',
  'window.opened',
  'window.closed',
  'nightly.report',
  'priority.proposed',
  'priority.changed',
] as const
export type LedgerEventType = (typeof ledgerEventTypes)[number]
