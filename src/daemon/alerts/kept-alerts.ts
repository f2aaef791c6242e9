import type { Damper } from '../../domain/alerts/damper.ts'
import { emptyOutbox, type Outbox } from '../../domain/alerts/outbox.ts'
import { noMemory, type TransitionMemory } from '../../domain/alerts/transitions.ts'
import type { Json } from '../../domain/task.ts'

/** What of the alerts outlives the daemon, as one document of the local state. */
export interface KeptAlerts {
  /** The latest ledger entry that was read; null: none was. */
  readUpTo: number | null
  memory: TransitionMemory
  /** By the channel's name. */
  channels: { [name: string]: KeptChannel }
}

export interface KeptChannel {
  damper: Damper
  outbox: Outbox
}

export const keptKey = 'alerts'
const version = 1

export function newChannel(): KeptChannel {
  return { damper: {}, outbox: emptyOutbox }
}

/** What an earlier daemon kept; of another form, nothing. */
export function readKept(document: Json | undefined): KeptAlerts {
  const nothing: KeptAlerts = { readUpTo: null, memory: noMemory, channels: {} }
  if (typeof document !== 'object' || document === null || Array.isArray(document)) return nothing
  const { version: found, ...kept } = document
  return found === version ? { ...nothing, ...(kept as Partial<KeptAlerts>) } : nothing
}

export function keptDocument(kept: KeptAlerts): Json {
  return { version, ...kept } as unknown as Json
}
