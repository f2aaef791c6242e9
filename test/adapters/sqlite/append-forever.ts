/** Appends until it is killed, in bursts of changing size; prints each id once its entry is said to be on disk. */
import { writeSync } from 'node:fs'
import { systemClock } from '../../../src/adapters/clock.ts'
import { openState } from '../../../src/adapters/sqlite/open-state.ts'
import { fakeLogger } from '../../fakes/logger.ts'

const path = process.argv[2]
if (path === undefined) throw new Error('usage: append-forever.ts PATH')
const { ledger } = openState({ path, clock: systemClock(), logger: fakeLogger() })
for (let burst = 1; ; burst = (burst % 7) + 1) {
  await Promise.all(
    Array.from({ length: burst }, async (_, index) => {
      const { id } = await ledger.append({
        eventType: 'worker.running',
        level: 'info',
        actor: 'daemon',
        message: `burst ${burst}, entry ${index}`,
      })
      writeSync(1, `${id}\n`)
    }),
  )
}
