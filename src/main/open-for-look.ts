import { systemRandom } from '../adapters/random.ts'
import type { Policy } from '../config/policy.ts'
import { howToStart } from './how-to-start.ts'
import { openQueue, type OpenedQueue } from './open-queue.ts'
import { note, type Origin, noQueueMadeUp } from './origin.ts'
import { silentLogger } from './silent-logger.ts'

/** A command that only looks waits no longer than this for the database, whatever is configured. */
const defaultPatienceMs = 10_000

/** The queue's database for a command that only looks: nothing is started for it, and nothing is waited for long. */
export function openForLook(
  applicationName: string,
  policy: Policy,
  origin: Origin,
  patienceMs = defaultPatienceMs,
): Promise<OpenedQueue> {
  const { queue } = policy
  return openQueue({
    policy: {
      ...policy,
      queue: {
        ...queue,
        poolSize: 2,
        connectTimeoutMs: Math.min(queue.connectTimeoutMs, patienceMs),
        statementTimeoutMs: Math.min(queue.statementTimeoutMs, patienceMs),
      },
    },
    env: origin.process.env,
    onTerminal: origin.process.stderr.isTTY,
    refusal: noQueueMadeUp(origin),
    applicationName,
    startEmbedded: false,
    start: howToStart(origin.installed),
    clock: origin.clock,
    random: systemRandom(),
    logger: silentLogger(),
    note: (text) => note(origin, text),
  })
}
