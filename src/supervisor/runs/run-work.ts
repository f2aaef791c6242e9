import { join } from 'node:path'
import { instanceId, type JrName } from '../../domain/ids.ts'
import { outcomeOf } from '../../domain/runs/run-ending.ts'
import type { Json } from '../../domain/task.ts'
import { messageOf } from '../../errors.ts'
import type { HostedProcess, SpawnSpec } from '../../ports/process-host.ts'
import { waitText } from '../slot/exit-text.ts'
import { spawnSpec } from '../slot/spawn-spec.ts'
import { logFileName } from '../log-name.ts'
import { PendingDeaths } from '../pending-deaths.ts'
import { Execution, type ExecutionEnd } from './execution.ts'
import { followUp, type FollowUp } from './follow-up.ts'
import type { RunBook } from './run-book.ts'
import { runLetter } from './run-letter.ts'
import type { RunsDeps } from './runs.ts'
import type { LastRun, StoredRun, Ticket } from './schedule-record.ts'
import type { ScheduledWorker, Work } from './scheduled-worker.ts'
import { timeText } from './time-text.ts'

export interface RunWorkHooks {
  changed(): void
  /** There is a process whose usage nobody has looked at yet. */
  started(): void
  /** A place is free. */
  ended(): void
}

/** Makes tries of tickets, stays with them, and writes down what became of them. */
export class RunWork {
  readonly #deps: RunsDeps
  readonly #book: RunBook
  readonly #hooks: RunWorkHooks
  readonly #deaths: PendingDeaths

  constructor(deps: RunsDeps, book: RunBook, hooks: RunWorkHooks) {
    this.#deps = deps
    this.#book = book
    this.#hooks = hooks
    this.#deaths = new PendingDeaths(deps)
  }

  begin(worker: ScheduledWorker, ticket: Ticket): void {
    const { clock, random } = this.#deps
    // Random, as a mark has to be: a start that a crash kept from being written down is found by it.
    const id = instanceId(random.hex(16))
    const stored: StoredRun = {
      id,
      slot: worker.freeSlot(),
      ticket,
      startedAt: clock.wallMs(),
      startedMonoMs: clock.monotonicMs(),
      identity: null,
    }
    // On disk before there is a process.
    worker.begin(stored)
    this.#tell('run.started', 'info', worker.name, ticket, 'has started', {
      runId: id,
      attempt: ticket.attempts + 1,
      queuedMs: queuedMs(stored),
    })
    const execution = this.#execution(worker, stored)
    this.#attendTo(worker, stored, execution, execution.begin(this.#spec(worker, stored), whatFor(ticket)))
    this.#hooks.started()
  }

  /** Finds what an earlier daemon began: alive, ended meanwhile, or never begun; then its ticket waits again. */
  async adopt(worker: ScheduledWorker, stored: StoredRun): Promise<void> {
    const { logger } = this.#deps
    try {
      const found = await this.#find(stored)
      if (found === null) return worker.takeBack(stored)
      const execution = this.#execution(worker, stored)
      const { hosted, living } = found
      const started = { wallMs: stored.startedAt, monoMs: stored.startedMonoMs }
      if (living)
        this.#tell('run.adopted', 'info', worker.name, stored.ticket, 'was adopted', { runId: stored.id })
      this.#attendTo(worker, stored, execution, execution.adopt(hosted, living, started))
      this.#hooks.started()
    } catch (error) {
      // It keeps its record, so that the next daemon may try again.
      logger.error(
        { error: messageOf(error) },
        `cannot tell what became of a run of ${worker.name}: ${messageOf(error)}`,
      )
    }
  }

  /** Gives up a run between two tries. */
  giveUp(worker: ScheduledWorker, ticket: Ticket, why: string): void {
    const { attempts } = ticket
    const error = ticket.error === null ? why : `${ticket.error}; not tried again: ${why}`
    this.#bury(worker, ticket, { error, attempts, lastHealthCheckAt: this.#deps.clock.wallMs() })
  }

  /** Settles when nobody's death is being dealt with any more, or after 5 s. */
  settled(): Promise<void> {
    return this.#deaths.settled()
  }

  logFileOf(name: JrName, slot: number): string {
    return join(this.#deps.logsDir, logFileName(name, slot))
  }

  async #find(stored: StoredRun): Promise<{ hosted: HostedProcess; living: boolean } | null> {
    const { host } = this.#deps
    const known = stored.identity ?? (await host.find(stored.id))
    // Nothing carries its mark: it ended already, and left its exit, or its start never came to be.
    const identity = known ?? { pid: 0, startTime: 0, bootId: '', mark: stored.id }
    const adoption = await host.adopt(identity)
    if (adoption.kind === 'alive') return { hosted: adoption.process, living: true }
    if (known === null && adoption.exit.source === 'unknown') return null
    return { hosted: { identity, exited: Promise.resolve(adoption.exit) }, living: false }
  }

  #execution(worker: ScheduledWorker, stored: StoredRun): Execution {
    const execution: Execution = new Execution(
      {
        ...this.#deps,
        changed: () => {
          const identity = execution.instance?.identity
          if (identity !== undefined && stored.identity === null) worker.identified(stored, identity)
          this.#hooks.changed()
        },
        died: (id, name, cause) => this.#deaths.add(this.#deps.onDeath(id, name, cause)),
      },
      stored.id,
      worker.definition,
    )
    return execution
  }

  #spec({ name, definition }: ScheduledWorker, { id, slot, ticket }: StoredRun): SpawnSpec {
    const env = {
      ...this.#deps.environment(definition, id),
      JR_RUN_ID: id,
      JR_RUN_ATTEMPT: String(ticket.attempts + 1),
      ...(ticket.due === null ? {} : { JR_RUN_DUE: timeText(ticket.due) }),
    }
    return spawnSpec(definition, id, { env, logFile: this.logFileOf(name, slot) })
  }

  #attendTo(
    worker: ScheduledWorker,
    stored: StoredRun,
    execution: Execution,
    life: Promise<ExecutionEnd | null>,
  ): void {
    const over = life
      .then((end) => {
        worker.work.delete(work)
        if (end !== null) this.#over(worker, work, end)
      })
      .catch((error: unknown) => {
        worker.work.delete(work)
        // Its record stays, so that the next daemon finds what may be left of it.
        const message = `lost sight of a run of ${worker.name}: ${messageOf(error)}`
        this.#deps.logger.error({ worker: worker.name, error: messageOf(error) }, message)
      })
    const work: Work = { stored, execution, over }
    worker.work.add(work)
  }

  #over(worker: ScheduledWorker, { stored, execution }: Work, end: ExecutionEnd): void {
    const { clock, policy, random } = this.#deps
    const nowMs = clock.wallMs()
    const { ticket } = stored
    const follow = followUp(end, ticket, worker.definition, policy, { nowMs, unit: random.unit() })
    const lastRun: LastRun = {
      outcome: outcomeOf(end.ending),
      ending: end.text,
      due: ticket.due,
      attempt: follow.attempts,
      startedAt: stored.startedAt,
      endedAt: nowMs,
    }
    const { waiting, retried } = worker.record
    const tripped = this.#judge(worker, lastRun.outcome)
    const { isOpen } = worker.breaker
    const disabled = `${worker.breaker.causeText}, the last: ${end.text}`
    worker.finish(stored, isOpen ? 'trip' : follow.event, {
      lastRun,
      reason: isOpen ? disabled : follow.reason,
      waiting: follow.ticket === null ? waiting : [...waiting, follow.ticket],
      retried: retried + Number(follow.next === 'retry'),
    })
    void this.#deps.host.forgetExit(stored.id)
    this.#report(worker, stored, lastRun, follow, execution)
    if (tripped) {
      const message = `${worker.name} is disabled: ${disabled}; ${worker.breaker.probeText}`
      this.#book.tell('worker.disabled', 'error', worker.name, message)
    }
    this.#hooks.changed()
    this.#hooks.ended()
  }

  /** True when its breaker opened. */
  #judge({ breaker }: ScheduledWorker, outcome: LastRun['outcome']): boolean {
    if (outcome === 'stopped') breaker.toldNothing()
    else if (outcome === 'succeeded') breaker.succeeded()
    else return breaker.failed()
    return false
  }

  #report(
    worker: ScheduledWorker,
    stored: StoredRun,
    run: LastRun,
    { next, attempts, reason }: FollowUp,
    execution: Execution,
  ): void {
    const { ticket, id: runId, startedAt } = stored
    const durationMs = Math.max(0, run.endedAt - startedAt)
    const data = { runId, attempt: attempts, outcome: run.outcome, durationMs, next }
    if (next === 'die') {
      this.#bury(worker, ticket, { error: run.ending, attempts, lastHealthCheckAt: startedAt }, data)
    } else if (next === 'retry') {
      this.#tell('run.failed', 'warn', worker.name, ticket, reason, data)
    } else {
      const done = run.outcome === 'succeeded' ? `succeeded in ${waitText(durationMs)}` : run.ending
      this.#tell('run.finished', 'info', worker.name, ticket, done, { ...data, forced: execution.forced })
    }
    this.#deps.onRun({
      worker: worker.name,
      runId,
      due: ticket.due,
      attempt: attempts,
      outcome: run.outcome,
      ending: run.ending,
      startedAt,
      durationMs,
      queuedMs: queuedMs(stored),
      next,
    })
  }

  /** Into the dead letters, where an operator finds it and may replay it. */
  #bury(
    worker: ScheduledWorker,
    ticket: Ticket,
    death: { error: string; attempts: number; lastHealthCheckAt: number },
    data: { [key: string]: Json } = {},
  ): void {
    const { clock, letters, nodeId } = this.#deps
    const tries = death.attempts === 1 ? '' : ` after ${death.attempts} tries`
    try {
      const atMs = clock.wallMs()
      const letter = letters.add(runLetter(worker.definition, ticket, { ...death, atMs, nodeId }))
      letters.prune(atMs)
      const words = `${death.error}${tries}: given up, run it again with: jrctl dlq replay ${letter.id}`
      this.#tell('run.failed', 'error', worker.name, ticket, words, { ...data, letter: letter.id })
      const message = `${letter.id}: ${letter.title}: ${death.error}`
      this.#deps.ledger.note({
        eventType: 'dlq.added',
        level: 'error',
        actor: 'daemon',
        worker: worker.name,
        message,
        data: { id: letter.id },
      })
    } catch (error) {
      const words = `${death.error}${tries}: given up, and not kept as a dead letter: ${messageOf(error)}`
      this.#tell('run.failed', 'error', worker.name, ticket, words, data)
    }
  }

  #tell(
    type: 'run.started' | 'run.adopted' | 'run.finished' | 'run.failed',
    level: 'info' | 'warn' | 'error',
    name: JrName,
    ticket: Ticket,
    words: string,
    data: { [key: string]: Json },
  ): void {
    this.#book.tell(type, level, name, `${name}: the run ${whatFor(ticket)} ${words}`, {
      due: ticket.due,
      ...data,
    })
  }
}

/** Of the last wait: for its turn, not between two tries. */
function queuedMs({ startedAt, ticket }: StoredRun): number {
  return Math.max(0, startedAt - ticket.readyAt)
}

function whatFor(ticket: Ticket): string {
  return ticket.due === null ? `asked for by ${ticket.by}` : `due ${timeText(ticket.due)}`
}
