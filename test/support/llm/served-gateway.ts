import type { CapacityPolicy, GatewayPolicy, UpstreamPolicy } from '../../../src/config/policy.ts'
import type { HeldKeys, TestAttempt } from './attempts.ts'
import type { Books } from './books.ts'
import type { StrictUpstream } from './strict-upstream.ts'

/** The gateway as the daemon runs it, on a socket of its own, before an upstream that checks every byte. */
export interface ServedGateway {
  /** Without a path. */
  url: string
  upstream: StrictUpstream
  /** As in the configuration, and in messages. */
  upstreamName: string
  /** Kept between gateway and capacity, by neither of them. */
  books: Books
  /** An attempt at a task more, below all others. */
  begin(): TestAttempt
  /** Its task leaves; its key is worth nothing any more. */
  finish(attempt: TestAttempt): void
  /** The key of an attempt that has ended. */
  ended(): string
  /** Keys that were not shown before are looked up for ever, until the release. */
  holdKeys(): HeldKeys
  /** Settles when nothing is waiting and nothing is reserved. */
  settled(): Promise<void>
  /** Settles when so many wait for capacity. */
  asked(count: number): Promise<void>
  /** Throws what is wrong: at the upstream, in the books. Turns the page: what was seen and charged is forgotten. */
  check(): void
  /** Throws when a request is still under way that nobody waits for. */
  close(): Promise<void>
}

export interface ServedOptions {
  unit: CapacityPolicy['unit']
  /** Units a minute of position 1: half of the whole. */
  baseRate: number
  mode?: CapacityPolicy['mode']
  inFlight?: number
  gateway?: Partial<GatewayPolicy>
  upstream?: Partial<UpstreamPolicy>
  /** The same upstream once more, as one of its own: its places are counted apart. */
  another?: Partial<UpstreamPolicy> & { name: string }
}
