import type { ServerEvent } from '../contract/outputs.ts'
import type { LedgerEntry } from '../domain/ledger-event.ts'
import type { DaemonServices, ServiceChange } from './services.ts'

/** "Something of this kind may have changed": one such hint says as much as ten. */
export type Hint = Extract<ServiceChange, { kind: 'changed' | 'workers' | 'positions' }>['kind']
export const hints = ['changed', 'workers', 'positions'] as const satisfies Hint[]

export interface LoggedEvent {
  event: ServerEvent
  /** The last entry of the ledger that this event or one before it told. */
  ledgerId: number
}

/**
 * What a subscriber has seen: all events of one start of the daemon up to `seq`, and the ledger up to an entry. Written
 * `BOOT-SEQ-LEDGER`, it is the id of each event, which a client that lost its connection sends as Last-Event-ID.
 */
export interface Place {
  boot: string
  seq: number
  ledgerId: number
}

export function placeText({ boot, seq, ledgerId }: Place): string {
  return `${boot}-${seq}-${ledgerId}`
}

/** Null: this is none. */
export function parsePlace(text: string | undefined): Place | null {
  const [, boot = '', seq, ledgerId] = /^([0-9a-f]{8})-(\d{1,15})-(\d{1,15})$/.exec(text ?? '') ?? []
  return boot === '' ? null : { boot, seq: Number(seq), ledgerId: Number(ledgerId) }
}

/** Kept for who comes back, or is slow; beyond it they are told how many they missed. */
const keptMax = 1_000

/** The latest events, numbered from 1 on, for all subscribers together. Hints have no number: each subscriber notes them. */
export class EventLog {
  readonly boot: string
  readonly #services: Pick<DaemonServices, 'subscribe' | 'ledger'>
  #kept: LoggedEvent[] = []
  #head = 0
  /** Of what came before those that are kept. */
  #ledgerIdBefore = 0
  #ledgerId = 0
  #unsubscribe: (() => void)[] = []
  readonly #listeners = new Set<(hint: Hint | null) => void>()

  /** @param boot eight hexadecimal digits, other ones at each start */
  constructor(services: Pick<DaemonServices, 'subscribe' | 'ledger'>, boot: string) {
    this.#services = services
    this.boot = boot
  }

  start(): void {
    const { ledger, subscribe } = this.#services
    this.#ledgerId = this.#ledgerIdBefore = ledger.read({ limit: 1 }).at(-1)?.id ?? 0
    this.#unsubscribe = [
      subscribe((change) => this.#changed(change)),
      ledger.subscribe((entries) => this.#written(entries)),
    ]
  }

  stop(): void {
    for (const unsubscribe of this.#unsubscribe.splice(0)) unsubscribe()
  }

  /** The number of the latest. */
  get head(): number {
    return this.#head
  }

  /** The first that is kept; beyond the head when none is. */
  get oldest(): number {
    return this.#head - this.#kept.length + 1
  }

  /** The event of this number, which must be kept. */
  at(seq: number): LoggedEvent | undefined {
    return this.#kept[seq - this.oldest]
  }

  /** How far the ledger was told with this event; of any from the one before the oldest on. */
  ledgerIdAt(seq: number): number {
    return this.at(seq)?.ledgerId ?? this.#ledgerIdBefore
  }

  /** Called with each hint, and with null for each new event, until the returned function is called. */
  listen(listener: (hint: Hint | null) => void): () => void {
    this.#listeners.add(listener)
    return () => void this.#listeners.delete(listener)
  }

  #changed(change: ServiceChange): void {
    if (isHint(change)) this.#tell(change.kind)
    else this.#keep({ event: 'change', data: change })
  }

  #written(entries: readonly LedgerEntry[]): void {
    // What was written just before the first look is told by it already.
    const news = entries.filter(({ id }) => id > this.#ledgerId)
    const last = news.at(-1)
    if (last === undefined) return
    this.#ledgerId = last.id
    this.#keep({ event: 'ledger', data: news })
  }

  #keep(event: ServerEvent): void {
    this.#head += 1
    this.#kept.push({ event, ledgerId: this.#ledgerId })
    const dropped = this.#kept.length > keptMax ? this.#kept.shift() : undefined
    if (dropped !== undefined) this.#ledgerIdBefore = dropped.ledgerId
    this.#tell(null)
  }

  #tell(hint: Hint | null): void {
    for (const listener of this.#listeners) listener(hint)
  }
}

function isHint(change: ServiceChange): change is ServiceChange & { kind: Hint } {
  return hints.some((hint) => hint === change.kind)
}
