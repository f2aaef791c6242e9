import { createDeadLetters } from '../adapters/postgres/dead-letters.ts'
import { requireSchema } from '../adapters/postgres/schema-state.ts'
import { createTaskQueue } from '../adapters/postgres/task-queue.ts'
import { actorOf } from '../api/actor.ts'
import { deadLetterHandlers } from '../api/dead-letters.ts'
import { parseInput } from '../api/input.ts'
import { Refusal } from '../api/refusal.ts'
import type { DeadLetterDesk } from '../cli/dlq/desk.ts'
import { createDeadLetterDesk } from '../daemon/dead-letters/dead-letter-desk.ts'
import { exitCode, UserError } from '../errors.ts'
import { userName } from './api-client.ts'
import { openForLook } from './open-for-look.ts'
import type { Origin } from './origin.ts'
import { loadConfig } from './read-config.ts'

/** `jrctl dlq` without a daemon: its handlers, in this process, over the database alone. */
export async function runDeadLetters<T>(
  work: (desk: DeadLetterDesk) => Promise<T>,
  origin: Origin,
): Promise<T> {
  const { policy } = await loadConfig(origin)
  const opened = await openForLook('jrctl dlq', policy, origin)
  try {
    await requireSchema(opened.database)
    const handlers = deadLetterHandlers(
      createDeadLetterDesk({
        letters: createDeadLetters(opened.database),
        queue: createTaskQueue(opened.database),
        book: null,
        nowMs: () => origin.clock.wallMs(),
      }),
    )
    const by = actorOf(encodeURIComponent(`cli:${userName(origin.process)}`))
    return await work({
      async call(name, input) {
        try {
          return await handlers[name](parseInput(name, input), by)
        } catch (error) {
          throw asUserError(error)
        }
      },
    })
  } finally {
    await opened.close()
  }
}

/** What the client makes of a refusal's status. */
function asUserError(error: unknown): unknown {
  if (!(error instanceof Refusal)) return error
  const exit =
    error.status === 404 ? exitCode.notFound : error.status === 409 ? exitCode.failed : exitCode.usage
  return new UserError(error.message, { exit, ...(error.hint === undefined ? {} : { hint: error.hint }) })
}
