import type { LedgerEntry } from '../src/domain/ledger-event.ts'
import type { StatusView } from '../src/contract/views.ts'
import type { Outcome } from './changes/change.ts'
import type { Key } from './key-name.ts'
import type { LogName } from './screens/logs/log-name.ts'
import type { LogNews } from './screens/logs/log.ts'
import type { Answered } from './sources.ts'
import type { Effect, Link, Now, Size } from './state.ts'

/** Everything that moves the state. Nothing else does. */
export type AppEvent =
  | { kind: 'key'; key: Key }
  | { kind: 'pasted'; text: string }
  | { kind: 'resized'; size: Size }
  /** Once a second. */
  | { kind: 'tick'; now: Now }
  | { kind: 'status'; status: StatusView; now: Now }
  /** The daemon says that something is different. */
  | { kind: 'changed' }
  /** Anything may be different, and nobody heard what. */
  | { kind: 'missed' }
  /** The daemon's ledger has grown. */
  | { kind: 'noted'; entries: readonly LedgerEntry[] }
  | { kind: 'link'; link: Link }
  | ({ kind: 'loaded' } & Answered)
  /** What is heard of a log that is followed. */
  | { kind: 'log'; name: LogName; news: LogNews }
  /** What was asked for with y is done. */
  | { kind: 'done'; outcome: Outcome }
  /** The client has to say something beside its answers. */
  | { kind: 'told'; text: string }
  /** What was asked did not work out. */
  | { kind: 'failed'; effect: Effect; reason: string }
