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

export interface LedgerFilter {
  /** A type, or a prefix ending in `*`. */
  type?: string
  taskId?: TaskId
  worker?: string
  level?: LedgerLevel
  /** Epoch milliseconds. */
  since?: number
  afterId?: number
  limit: number
}

export const ledgerEventTypes = [
  'daemon.started',
  'daemon.stopped',
  'daemon.reloaded',
  'daemon.state_rebuilt',
  'worker.starting',
  'worker.running',
  'worker.adopted',
  'worker.ended',
  'worker.backoff',
  'worker.stopping',
  'worker.stopped',
  'worker.paused',
  'worker.resumed',
  'worker.missing',
  'worker.disabled',
  'task.inserted',
  'task.updated',
  'task.deleted',
  'task.status_changed',
  'task.urgent',
  'task.urgent_undone',
  'task.rescued',
  'position.promoted',
  'position.demoted',
  'database.lost',
  'database.restored',
] as const
export type LedgerEventType = (typeof ledgerEventTypes)[number]
