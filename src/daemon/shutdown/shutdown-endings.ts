import type { Policy } from '../../config/policy.ts'
import type { Service } from '../../ports/service.ts'
import type { Watch } from '../../ports/service-manager.ts'
import type { StopReport } from '../../supervisor/supervisor.ts'
import type { DaemonDeps } from '../daemon-deps.ts'
import type { createParts } from '../daemon-parts.ts'
import type { Duty } from '../duty.ts'
import type { ShutdownParts } from './shutdown.ts'
import type { Ending } from './shutdown-wait.ts'

/** Of a worker that is no longer configured. */
const stopGraceMsDefault = 10_000
/** However long the workers took to end, an answer that is nearly out may get there. */
const answersLeastMs = 500
/** To cut what is left of them, and close connections. */
const answersBeyondMs = 2_000
/** Clients of the API come back to the next daemon, which waits for its socket. */
const handOverMs = 100
/** Who insists still wants no database that is cut off in the middle of its end. */
const closeHurriedMs = 10_000

/** Everything of a daemon that a shutdown ends, by its six steps. A new part belongs into one of the lists. */
export function endingsOf(
  {
    by,
    workers,
    successor,
    hurry,
  }: { by: string; workers: 'stop' | 'leave'; successor: number | undefined; hurry: AbortSignal },
  {
    deps,
    parts,
    api,
    policy,
    watch,
  }: {
    deps: DaemonDeps
    parts: ReturnType<typeof createParts>
    api: Service
    policy: Policy
    watch: Watch | undefined
  },
): ShutdownParts {
  const { board, supervisor } = parts
  const { finishGraceMs } = policy.shutdown
  const beganMs = deps.clock.monotonicMs()
  return {
    schedules: [
      { name: 'the schedules of workers', end: async () => supervisor.closeSchedules() },
      ending(parts.upkeep.ready),
      ending(parts.upkeep.rescue),
      ending(parts.revival),
      ending(parts.triggerWatch),
      ending(parts.pruning),
      ending(parts.figures.nightly),
      ending(parts.logRotation),
      {
        name: "the fleet's common duties",
        async end() {
          await parts.cluster.stop()
          parts.cycle.close()
        },
      },
      { name: 'the watch for an idle queue', end: async () => parts.idleWatch.stop() },
    ],
    health: [
      ending(parts.heartbeats),
      ending(parts.figures.memory),
      {
        name: 'the watch over stalls',
        async end() {
          watch?.stop()
          parts.stalls.stop()
        },
      },
    ],
    supervisor,
    workers: {
      tasksOf: (name) =>
        board.views().flatMap((at) => (at.worker === name && at.nodeId === deps.nodeId ? [at.taskId] : [])),
      stopGraceMsOf: (name) =>
        policy.workers.find((worker) => worker.name === name)?.stopGraceMs ?? stopGraceMsDefault,
    },
    gateway: {
      deadlineMs: finishGraceMs + answersBeyondMs,
      endings: [
        {
          name: "the LLM's answers under way",
          async end() {
            const leftMs = beganMs + finishGraceMs - deps.clock.monotonicMs()
            const stopped = parts.gateway.stop(Math.max(answersLeastMs, leftMs), hurry)
            // Who takes over waits for all that is ours: what is under way ends beside it.
            if (successor === undefined) await stopped
          },
        },
      ],
    },
    api: [
      { name: 'those who wait for capacity', end: async () => parts.capacity.refuse() },
      { name: 'the bus', end: async () => parts.bus.stop() },
      { name: 'the API', end: () => api.stop(workers === 'leave' ? handOverMs : undefined) },
    ],
    state: (report) => [
      {
        deadlineMs: 10_000,
        endings: [
          ending(parts.deaths),
          ending(board),
          { name: 'the balances of capacity', end: () => parts.capacity.stop() },
          ending(parts.deadLetters.reconcile),
          ending(parts.claimHold),
          {
            name: parts.projection.name,
            // The last events make the last figures.
            async end() {
              try {
                await parts.projection.runNow()
                await parts.projection.stop()
              } finally {
                await parts.figures.metrics.stop()
              }
            },
          },
        ],
      },
      { deadlineMs: 5_000, endings: [{ name: "the fleet's goodbye", end: () => parts.cluster.leave() }] },
      { deadlineMs: 5_000, endings: [{ name: 'alerts under way', end: () => parts.alerts.stop() }] },
      { deadlineMs: 5_000, endings: [{ name: 'notifications', end: () => deps.notifier.stop() }] },
      {
        deadlineMs: 5_000,
        endings: [{ name: 'the last entry', end: async () => noteEnd(deps, by, report) }],
      },
      ...deps
        .closings(workers === 'leave')
        .map(({ deadlineMs, ...closing }) => ({ deadlineMs, hurriedMs: closeHurriedMs, endings: [closing] })),
    ],
  }
}

function ending(duty: Pick<Duty, 'name' | 'stop'>): Ending {
  return { name: duty.name, end: () => duty.stop() }
}

function noteEnd({ ledger }: DaemonDeps, by: string, { forced, left }: StopReport): void {
  ledger.note({
    eventType: 'daemon.stopped',
    level: 'info',
    actor: 'daemon',
    message: `jrctl stopped, asked by ${by}`,
    data: { forced, left },
  })
}
