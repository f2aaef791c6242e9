import { channels } from '../../src/adapters/postgres/channels.ts'
import { type Evidence, untold } from './evidence.ts'
import type { Ground } from './fleet/ground.ts'
import { pause } from './fleet/processes.ts'

/** Notices bring a ledger up to date within a fraction of this. */
const noticesMs = 3_000
const patienceMs = 40_000

/**
 * Waits until every node's ledger has all events. A notice may be lost with its connection or its transaction; the daemon then
 * finds the events with its poll, which takes half a minute: rather than wait, the test gives one more notice and counts that.
 */
export async function untilHeard(
  gathered: () => Promise<Evidence>,
  { server, at }: Pick<Ground, 'server' | 'at'>,
): Promise<Evidence> {
  const startMs = performance.now()
  let remindedMs = startMs
  for (;;) {
    const evidence = await gathered()
    const left = untold(evidence)
    if (left === 0) return evidence
    const nowMs = performance.now()
    if (nowMs - startMs > patienceMs)
      throw new Error(`${left} events are in no ledger after ${patienceMs} ms`)
    if (nowMs - remindedMs > noticesMs) {
      remindedMs = nowMs
      at.tally.note('times that a ledger waited for its poll')
      await server.tell(`select pg_notify($1, '')`, [channels.changed])
    }
    await pause(50)
  }
}
