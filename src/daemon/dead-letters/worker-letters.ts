import type { DeadLetterId } from '../../domain/dead-letter.ts'
import type { JrName, NodeId } from '../../domain/ids.ts'
import { messageOf } from '../../errors.ts'
import type { Clock } from '../../ports/clock.ts'
import type { DeadLetterBook } from '../../ports/dead-letters.ts'
import type { Ledger } from '../../ports/ledger.ts'
import type { Logger } from '../../ports/logger.ts'
import type { GiveUp } from '../../supervisor/gate/give-up.ts'

/** The dead letters of workers that were given up: one open letter a worker, however often its probes fail. */
export interface WorkerLetters {
  gaveUp(death: GiveUp): void
  /** It is well again, because of `by`. Costs nothing where there is no letter. */
  cameBack(name: JrName, by: string): void
}

/** More letters of one worker than this are not open at once. */
const lettersMax = 100

export function createWorkerLetters(deps: {
  book: DeadLetterBook
  nodeId: NodeId
  ledger: Ledger
  clock: Clock
  logger: Logger
}): WorkerLetters {
  const { book, clock } = deps
  /** Workers with an open letter, as far as known: asked each time a worker has been healthy for a while. */
  let open: Set<JrName> | undefined

  function openLetters(jrName?: JrName): { id: DeadLetterId; jrName: JrName | null }[] {
    const whose = jrName === undefined ? {} : { jrName }
    const limit = jrName === undefined ? 10_000 : lettersMax
    return book.list({ kinds: ['worker'], states: ['dead'], limit, ...whose })
  }

  function known(): Set<JrName> {
    open ??= new Set(openLetters().flatMap((letter) => letter.jrName ?? []))
    return open
  }

  /** A book that refuses keeps no worker from anything. */
  function guard(what: string, action: () => void): void {
    try {
      action()
    } catch (error) {
      deps.logger.error({ error: messageOf(error) }, `cannot ${what}: ${messageOf(error)}`)
    }
  }

  return {
    gaveUp: (death) =>
      guard(`keep the dead letter of ${death.name}`, () => {
        known().add(death.name)
        if (openLetters(death.name).length > 0) return
        const { name, department, error, restarts, lastExit, lastHealthCheckAt } = death
        const letter = book.add({
          kind: 'worker',
          title: name,
          jrName: name,
          nodeId: deps.nodeId,
          error,
          diedAt: clock.wallMs(),
          attempts: restarts,
          maxAttempts: null,
          replays: 0,
          department,
          schedule: null,
          lastHealthCheckAt,
          payload: { lastExit },
        })
        book.prune(clock.wallMs())
        deps.ledger.note({
          eventType: 'dlq.added',
          level: 'error',
          actor: 'daemon',
          worker: name,
          message: `${name} was given up: ${error}; jrctl dlq replay ${letter.id} starts it again`,
          data: { id: letter.id },
        })
      }),

    cameBack: (name, by) =>
      guard(`settle the dead letters of ${name}`, () => {
        if (!known().delete(name)) return
        const ids = openLetters(name).map(({ id }) => id)
        book.settle(ids, 'replayed', clock.wallMs(), by)
      }),
  }
}
