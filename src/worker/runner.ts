import type { Writable } from 'node:stream'
import { messageOf } from '../errors.ts'
import type { InstanceId, JrName, NodeId, TaskId } from '../domain/ids.ts'
import type { Clock } from '../ports/clock.ts'
import type { Logger } from '../ports/logger.ts'
import type { Notice, Notifier } from '../ports/notifier.ts'
import type { Random } from '../ports/random.ts'
import type { AttemptQueue, Claimed, QueueUpkeep } from '../ports/task-queue.ts'
import { logReport } from './attempt-log.ts'
import { createAttemptSet } from './attempt-set.ts'
import type { AttemptReport } from './attempt.ts'
import { createClaimLoop } from './claim-loop.ts'
import { createClaimer } from './claimer.ts'
import type { KeyedClaim } from './claimer.ts'
import { createCommandHost } from './command-process.ts'
import type { CommandHost } from './command-process.ts'
import { createExecExecutor } from './exec-executor.ts'
import type { Executor } from './executor.ts'
import { findProgram } from './find-program.ts'
import { createLeaseKeeper } from './lease-keeper.ts'
import { createLogSink } from './log-sink.ts'
import { missingCommand } from './missing-command.ts'
import { createOutageLog } from './outage-log.ts'
import { createPresence } from './presence.ts'
import { figureOf, noFigures } from './runner-figures.ts'
import type { RunnerFigures } from './runner-figures.ts'
import { settle } from './settle.ts'
import { createStreamExecutor } from './stream/stream-executor.ts'
import { createWorkSummary } from './work-summary.ts'

export interface RunnerPolicy {
  pollIntervalMs: number
  /** The most tasks in one claim. */
  claimBatch: number
  leaseMs: number
  renewIntervalMs: number
  /** After a stop, how long commands may go on to finish. A hurry ends it. */
  finishMs: number
  /** After that, what is left until we are killed: two fifths for commands to heed TERM, the rest to give their tasks back. */
  stopGraceMs: number
}

export interface RunnerOptions {
  queue: AttemptQueue & Pick<QueueUpkeep, 'makeReady'>
  /** Started and stopped by the runner. */
  notifier: Notifier
  clock: Clock
  random: Random
  logger: Logger
  policy: RunnerPolicy
  identity: { instanceId: InstanceId; nodeId: NodeId; pid: number }
  jrNames: readonly [JrName, ...JrName[]]
  /** Tasks at work at the same time. */
  slots: number
  acceptUnassigned: boolean
  /** One program does all tasks, `slots` of them at the same time (stream/protocol.ts); else the command is run once a task. */
  stream: boolean
  /** argv. */
  command: readonly [string, ...string[]]
  /** The worker's own environment; what its commands may not see is taken out. */
  env: Readonly<Record<string, string | undefined>>
  /** The worker's own output, where the output of its commands goes too. Must not block: see `openLog`. */
  log: { stdout: Writable; stderr: Writable }
  /** How commands are started; real children unless told otherwise. */
  host?: CommandHost
}

export interface RunnerStats extends RunnerFigures {
  slots: number
  working: TaskId[]
  databaseDown: boolean
  droppedLogLines: number
}

export interface Runner {
  /**
   * Settles after the first heartbeat; a queue out of reach is waited for, not an error.
   * Rejects with OperationalError `process.missing` when there is no such command.
   */
  start(): Promise<void>
  /**
   * Claims nothing more, lets commands finish, ends those that do not, gives their tasks back. Idempotent; bounded by
   * `finishMs`, `stopGraceMs` and what a last try at the queue takes.
   */
  stop(reason: string): Promise<void>
  /** A stop under way waits for no command to finish any longer; a second hurry kills what does not heed TERM. */
  hurry(): void
  stats(): RunnerStats
  /** Rejects with an OperationalError when no task can be run at all (`process.missing`). Never resolves. */
  readonly failed: Promise<never>
}

/** How long not to claim after the machine refused to start a process. */
const busyRestMs = 5000

/** Serves the queue: claims tasks for its Jrs, has the command do them, writes how they ended. */
export function createRunner(options: RunnerOptions): Runner {
  const { queue, notifier, clock, random, logger, policy, identity, slots } = options
  const attempts = createAttemptSet()
  const outage = createOutageLog(logger)
  const hurried = new AbortController()
  const deadline = new AbortController()
  const failed = Promise.withResolvers<never>()
  failed.promise.catch(() => {})
  const log = { stdout: createLogSink(options.log.stdout), stderr: createLogSink(options.log.stderr) }
  const figures: RunnerFigures = { ...noFigures }
  const summary = createWorkSummary(clock, logger, () => ({ ...figures }))
  /** Work of thousands of tasks a second is told in sums. */
  const level = options.stream ? 'debug' : 'info'
  /** The command cannot be run: claiming on would only pass tasks round. */
  let broken = false
  let stopping: Promise<void> | undefined
  let unsubscribe = (): void => {}
  let notifierStarted: Promise<void> | undefined

  const keeper = createLeaseKeeper({
    queue,
    clock,
    random,
    outage,
    leaseMs: policy.leaseMs,
    renewIntervalMs: policy.renewIntervalMs,
    held: () => attempts.leases(),
    onLost: (lost) => attempts.lose(lost),
  })
  const presence = createPresence({
    queue,
    clock,
    outage,
    beat: () => ({ ...identity, jrNames: options.jrNames, load: attempts.size }),
  })
  const executor = createExecutor()
  const claimer = createClaimer({
    queue,
    random,
    logger,
    request: {
      jrNames: options.jrNames,
      acceptUnassigned: options.acceptUnassigned,
      instanceId: identity.instanceId,
      nodeId: identity.nodeId,
      leaseMs: policy.leaseMs,
    },
    held: () => attempts.leases(),
  })
  const claims = createClaimLoop({
    queue,
    clock,
    random,
    outage,
    pollIntervalMs: policy.pollIntervalMs,
    batch: policy.claimBatch,
    worthwhile: () => Math.min(policy.claimBatch, Math.ceil(capacity() / 2)),
    listening: () => notifier.listening,
    room: () => Math.max(0, capacity() - attempts.size),
    isIdle: () => attempts.size === 0,
    claim,
  })

  /** How many tasks may be at work now. */
  function capacity(): number {
    return broken ? 0 : Math.min(slots, executor.capacity())
  }

  function createExecutor(): Executor {
    const { command, env } = options
    const host = options.host ?? createCommandHost(clock)
    const doubt = (): void => keeper.renewNow()
    const settling = { queue, clock, random, logger, outage, deadline: deadline.signal, doubt }
    const shared = { ...settling, host, command, env, log, slots, cancelGraceMs: policy.stopGraceMs }
    if (!options.stream) return createExecExecutor({ ...shared, pid: identity.pid })
    return createStreamExecutor({
      ...shared,
      jrName: options.jrNames[0],
      onRoom: () => claims.wake(),
      onMissing: fail,
    })
  }

  async function claim(count: number): Promise<number> {
    const claimed = await claimer.claim(count)
    if (stopping === undefined) for (const one of claimed) begin(one)
    else await Promise.all(claimed.map(giveBack))
    return claimed.length
  }

  function begin({ claimed, attemptKey }: KeyedClaim): void {
    const startedMs = clock.monotonicMs()
    attempts.add(executor.begin(claimed, attemptKey), (report) =>
      conclude(claimed, report, clock.monotonicMs() - startedMs),
    )
    logger[level]({ taskId: claimed.task.id, jrName: claimed.jrName, attempt: claimed.attempt }, 'task begun')
    presence.loadChanged()
  }

  async function giveBack({ claimed }: KeyedClaim): Promise<void> {
    const ending = { kind: 'released', reason: 'the worker is stopping' } as const
    await settle(claimed.lease, ending, { queue, clock, random, logger, outage, deadline: deadline.signal })
  }

  function conclude(claimed: Claimed, report: AttemptReport, tookMs: number): void {
    figures[figureOf(report)]++
    if (options.stream) summary.noted()
    logReport(logger, level, claimed, report, tookMs)
    presence.loadChanged()
    if (report.kind === 'missing') fail(report.reason)
    else if (report.kind === 'busy') claims.rest(busyRestMs)
    else if (report.kind === 'ended' && report.ending === 'failed') claims.look()
    else claims.wake()
  }

  function fail(reason: string): void {
    broken = true
    failed.reject(missingCommand(reason, options.command[0]))
  }

  function onNotice(notice: Notice): void {
    switch (notice.kind) {
      case 'work':
        if (notice.jrName === null ? options.acceptUnassigned : options.jrNames.includes(notice.jrName))
          claims.wake()
        return
      case 'ended':
        if (attempts.hasTask(notice.taskId)) keeper.renewNow()
        return
      case 'connected':
        keeper.renewNow()
        return claims.look()
      case 'changed':
      case 'leader':
        return
      default:
        notice satisfies never
    }
  }

  async function stopAll(reason: string): Promise<void> {
    const { finishMs, stopGraceMs } = policy
    logger.info({ reason, working: attempts.size }, 'stopping: nothing more is claimed')
    const overdue = clock.after(finishMs + stopGraceMs * 0.9, () => deadline.abort())
    unsubscribe()
    await claims.stop()
    await attempts.settled(finishMs, clock, hurried.signal)
    attempts.giveBackAll(`the worker stopped (${reason})`, stopGraceMs * 0.4)
    await Promise.all([attempts.allDone(), executor.end(stopGraceMs * 0.4)])
    await Promise.all([keeper.stop(), presence.stop()])
    await unlessRefused('give back what a lost answer claimed', () => claimer.releaseUnheard())
    await unlessRefused('tell the queue that this worker is gone', () => queue.retire(identity.instanceId))
    await notifierStarted
    await unlessRefused('stop listening', () => notifier.stop())
    overdue.cancel()
    summary.stop()
    await executor.close()
  }

  async function unlessRefused(doing: string, action: () => Promise<void>): Promise<void> {
    try {
      await action()
    } catch (error) {
      logger.warn({ doing, error: messageOf(error) }, 'a part of the stop did not succeed')
    }
  }

  return {
    failed: failed.promise,
    async start() {
      const program = options.command[0]
      if ((await findProgram(program, options.env['PATH'])) === undefined) {
        throw missingCommand(`no program "${program}" on PATH`, program)
      }
      await executor.start()
      unsubscribe = notifier.subscribe(onNotice)
      notifierStarted = notifier.start().catch((error: unknown) => outage.failed('listen', error))
      await presence.start()
      keeper.start()
      claims.start()
    },
    stop: (reason) => (stopping ??= stopAll(reason)),
    hurry() {
      if (hurried.signal.aborted) {
        attempts.giveBackAll('the worker stopped in a hurry', 0)
        void executor.end(0)
      }
      hurried.abort()
    },
    stats: () => ({
      ...figures,
      slots,
      working: attempts.taskIds(),
      databaseDown: outage.down,
      droppedLogLines: log.stdout.droppedLines + log.stderr.droppedLines,
    }),
  }
}
