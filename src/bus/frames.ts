import type { LedgerEntry } from '../domain/ledger-event.ts'
import type { BusFrame } from '../ports/bus.ts'

interface MessageHead {
  /** Counts the messages of this daemon's run. */
  id: number
  topic: string
  /** Epoch milliseconds. */
  at: number
  from: string
}

/** @param dataJson as it came: what goes to many is made into text once */
export function messageFrame(head: MessageHead, dataJson: string): BusFrame {
  return { event: 'message', json: `${JSON.stringify(head).slice(0, -1)},"data":${dataJson}}` }
}

/** An entry of the ledger as the daemon's own message. The hash is the ledger's own business. */
export function announcement(id: number, entry: LedgerEntry): BusFrame {
  const { hash: _, dedupeKey: __, ...told } = entry
  const head = { id, topic: entry.eventType, at: entry.createdAt, from: 'daemon' }
  return messageFrame(head, JSON.stringify(told))
}
