import type { Clock } from '../../../ports/clock.ts'
import type { ListeningFacts } from '../../../ports/database-checkup.ts'
import type { Random } from '../../../ports/random.ts'
import type { Database } from '../connect.ts'

/** A notification takes a millisecond or two; whoever waits longer than this for it will not hear it. */
const patienceMs = 2_000

/** Notifies itself on a channel of its own and hears it, or not. */
export async function examineListening(db: Database, clock: Clock, random: Random): Promise<ListeningFacts> {
  const connection = await db.dedicated({ queryTimeoutMs: patienceMs, statementTimeoutMs: patienceMs })
  try {
    if (!connection.ownSession) return { ownSession: false, heardMs: null }
    const channel = `jr_probe_${random.hex(8)}`
    const heard = new Promise<void>((resolve) => {
      connection.client.on('notification', (notice) => {
        if (notice.channel === channel) resolve()
      })
    })
    await connection.query(`listen ${channel}`)
    const startMs = clock.monotonicMs()
    await db.query(`select pg_notify($1, '')`, [channel])
    const isHeard = await withinPatience(heard, clock)
    return { ownSession: true, heardMs: isHeard ? clock.monotonicMs() - startMs : null }
  } finally {
    await connection.end()
  }
}

function withinPatience(heard: Promise<void>, clock: Clock): Promise<boolean> {
  return new Promise((resolve) => {
    const timer = clock.after(patienceMs, () => resolve(false))
    void heard.then(() => {
      timer.cancel()
      resolve(true)
    })
  })
}
