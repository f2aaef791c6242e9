/** Starts an embedded server in the folder given, tells about it, and ends: what a daemon leaves behind. */
import { systemClock } from '../../../src/adapters/clock.ts'
import { createEmbeddedPostgres } from '../../../src/adapters/embedded-postgres/embedded-postgres.ts'
import { systemRandom } from '../../../src/adapters/random.ts'
import { fakeLogger } from '../../fakes/logger.ts'

const [stateDir] = process.argv.slice(2)
if (stateDir === undefined) throw new Error('usage: starter.ts STATE_DIR')

const { pid, adopted, fresh } = await createEmbeddedPostgres({
  stateDir,
  clock: systemClock(),
  random: systemRandom(),
  logger: fakeLogger(),
  durable: false,
}).start()

console.log(JSON.stringify({ pid, adopted, fresh }))
