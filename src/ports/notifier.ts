import type { JrName, TaskId } from '../domain/ids.ts'

/**
 * Wakes waiters when the queue changes (LISTEN/NOTIFY in Postgres). A notice is a hint, never the truth: it may be lost,
 * doubled or late, so every waiter polls as well.
 */
export interface Notifier {
  start(): Promise<void>
  stop(): Promise<void>
  /** Calls back on each notice until the returned function is called. */
  subscribe(listener: (notice: Notice) => void): () => void
  /** False while the listening connection is down; waiters then poll faster. */
  readonly listening: boolean
}

export type Notice =
  /** Work became ready for this Jr; null: for anyone. */
  | { kind: 'work'; jrName: JrName | null }
  /** Some task changed: positions and screens should look again. */
  | { kind: 'changed' }
  /** This task's attempt was ended from outside (cancelled, or by foreign SQL); its command must stop. */
  | { kind: 'ended'; taskId: TaskId }
  /** The leader gave its lease up: whoever may lead should take it. */
  | { kind: 'leader' }
  /** The listening connection came (back) up: whatever was missed should be looked for. */
  | { kind: 'connected' }
