import type { Database } from '../adapters/postgres/connect.ts'
import type { DaemonDeps } from '../daemon/daemon-deps.ts'
import type { Clock } from '../ports/clock.ts'
import type { Logger } from '../ports/logger.ts'
import { createCommandHost } from '../worker/command-process.ts'
import type { RunnerOptions } from '../worker/runner.ts'
import { diesAtVariable } from './dies-at.ts'

/*
 * For tests of crashes: this process kills itself (SIGKILL) at a named point, in the middle of what it does there. The points
 * are the calls that cross a port, so nothing within the services knows of them.
 *
 * - `….begun`: nothing is done yet. `….sent`: the request is on its way.
 * - `….answered`, `….done`: it is done, and nobody has acted on it.
 */

/** A statement is handed to the socket within a turn or two of the event loop, and answered after some milliseconds. */
const onItsWayMs = 1

type Methods = Record<string, string>

const workerQueue: Methods = {
  claim: 'claim',
  renew: 'renew',
  progress: 'progress',
  complete: 'complete',
  fail: 'fail',
  release: 'release',
  releaseUnheld: 'release_unheld',
  beat: 'beat',
  retire: 'retire',
}
const daemonQueue: Methods = {
  events: 'projection',
  makeReady: 'ready',
  rescueExpired: 'rescue',
  rescueStuck: 'rescue_stuck',
  returnLeases: 'return',
}
const daemonCycle: Methods = {
  intend: 'intend',
  act: 'act',
  settle: 'decision_settled',
  measured: 'measured',
}
const daemonLedger: Methods = { append: 'ledger' }
const daemonHost: Methods = { spawn: 'spawn', adopt: 'adopt', signalTree: 'signal' }
const daemonStore: Methods = {
  put: 'document',
  saveWorker: 'worker_saved',
  saveBuckets: 'buckets',
  saveBucket: 'bucket',
}

/** `jrctl work`: the points of its queue, `command.started` and `command.ended`. */
export function mortalWorker<T extends RunnerOptions>(options: T, env: NodeJS.ProcessEnv): T {
  const point = pointOf(env)
  const host = options.host ?? createCommandHost(options.clock)
  return {
    ...options,
    queue: watched(options.queue, workerQueue, point, options.clock),
    host: async (spec) => {
      const spawned = await host(spec)
      if (spawned.kind !== 'started') return spawned
      point('command.started')
      const ended = spawned.command.ended.then((exit) => {
        point('command.ended')
        return exit
      })
      return { ...spawned, command: { ...spawned.command, ended } }
    },
  }
}

/** `jrctl daemon`: the points of its queue, cycle, ledger, state and processes, and `shutdown.1` to `shutdown.6`. */
export function mortalDaemon(deps: DaemonDeps, env: NodeJS.ProcessEnv): DaemonDeps {
  const point = pointOf(env)
  const { clock } = deps
  return {
    ...deps,
    queue: watched(deps.queue, daemonQueue, point, clock),
    cycleStore: watched(deps.cycleStore, daemonCycle, point, clock),
    ledger: watched(deps.ledger, daemonLedger, point, clock),
    store: watched(deps.store, daemonStore, point, clock),
    host: watched(deps.host, daemonHost, point, clock),
    logger: shutdownPoints(deps.logger, point),
  }
}

/** `jrctl migrate`: `migrate.sent` and `migrate.answered`, once a statement. */
export function mortalMigration(database: Database, env: NodeJS.ProcessEnv, clock: Clock): Database {
  const point = pointOf(env)
  return {
    ...database,
    dedicated: async (options) =>
      watched(await database.dedicated(options), { query: 'migrate' }, point, clock),
  }
}

/** `jrctl restore`: `restore.unpacked`, `restore.decided`, … (adapters/backup/exchange.ts). */
export function mortalSteps(env: NodeJS.ProcessEnv): (step: string) => void {
  return pointOf(env)
}

type Point = (name: string) => void

function pointOf(env: NodeJS.ProcessEnv): Point {
  const [wanted, nth = '1'] = (env[diesAtVariable] ?? '').split(':')
  let left = Number(nth)
  return (name) => {
    if (name !== wanted) return
    left -= 1
    if (left === 0) process.kill(process.pid, 'SIGKILL')
  }
}

/** The same object, with two points at each of the named methods. */
function watched<T extends object>(target: T, methods: Methods, point: Point, clock: Clock): T {
  return new Proxy(target, {
    get(of, key) {
      const value: unknown = Reflect.get(of, key)
      const name = typeof key === 'string' ? methods[key] : undefined
      if (typeof value !== 'function') return value
      const call = (...args: unknown[]): unknown => Reflect.apply(value, of, args)
      return name === undefined ? call : passing(call, name, point, clock)
    },
  })
}

function passing(call: (...args: unknown[]) => unknown, name: string, point: Point, clock: Clock) {
  return (...args: unknown[]): unknown => {
    // A document is known by its key.
    const named = name === 'document' ? String(args[0]) : name
    point(`${named}.begun`)
    const answer = call(...args)
    if (!(answer instanceof Promise)) {
      point(`${named}.done`)
      return answer
    }
    clock.after(onItsWayMs, () => point(`${name}.sent`), { background: true })
    return answer.then((value: unknown) => {
      point(`${name}.answered`)
      return value
    })
  }
}

/** The six steps of a shutdown are told in the log, each as it begins. */
function shutdownPoints(logger: Logger, point: Point): Logger {
  return {
    ...logger,
    debug: (fields, message) => logger.debug(fields, message),
    warn: (fields, message) => logger.warn(fields, message),
    error: (fields, message) => logger.error(fields, message),
    child: (fields) => logger.child(fields),
    info: (fields, message) => {
      logger.info(fields, message)
      if ('step' in fields) point(`shutdown.${String(fields.step)}`)
    },
  }
}
