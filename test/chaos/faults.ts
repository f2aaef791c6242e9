import { writeFile } from 'node:fs/promises'
import type { Dice } from './random.ts'
import type { Ground } from './fleet/ground.ts'
import type { Loner } from './fleet/loner.ts'
import { kill, leaseMs, type Node } from './fleet/node.ts'
import { eventually, pause, signal } from './fleet/processes.ts'
import type { Tally } from './tally.ts'

/** What a fault can reach. */
export interface Target extends Ground {
  nodes: readonly Node[]
  loners: readonly Loner[]
  dice: Dice
  tally: Tally
}

/** A blow that is over at once. Answers whether it hit anything. */
export type Strike = (target: Target) => Promise<boolean>
/** A state of the world that lasts a while, and is over when it returns. */
export type Weather = (target: Target) => Promise<void>

/** By kind; one that stands more often is dealt more often. */
export const strikes: readonly (readonly [string, Strike])[] = [
  ['kill -9 of a supervised worker', killSupervised],
  ['kill -9 of a supervised worker', killSupervised],
  ['kill -9 of a supervised worker', killSupervised],
  ['kill -9 of a worker that nobody supervises', killLoner],
  ['kill -9 of a worker that nobody supervises', killLoner],
  ['kill -9 of the daemon', killDaemon],
  ['every connection cut', ({ proxy }) => Promise.resolve(proxy.cut() > 0)],
  [
    'answer to a completion lost after its commit',
    ({ proxy }) => loseAnswer(proxy, /jr_attempts[\s\S]*'completed'/),
  ],
  ['answer to a claim lost after its commit', ({ proxy }) => loseAnswer(proxy, /insert into jr_attempts/)],
  ['kill -9 of a backend, the others are reset', ({ server }) => server.crashBackend()],
]

/** Where the next daemon of a node dies. The counts make it die in the midst of things, not at boot. */
export const daemonPoints = [
  'ledger.sent:9',
  'ledger.answered:12',
  'projection.sent:3',
  'projection.answered:4',
  'events.cursor.begun:3',
  'events.cursor.done:2',
  'ready.sent:2',
  'rescue.sent:2',
  'rescue.answered:2',
  'return.sent:1',
  'return.answered:1',
  'spawn.sent:1',
  'spawn.answered:1',
  'worker_saved.done:3',
] as const

/** Where a worker that nobody supervises dies; a streaming one has no command a task. */
const workerPoints = [
  'claim.sent:2',
  'claim.answered:2',
  'command.started:2',
  'command.ended:2',
  'complete.sent:2',
  'complete.answered:2',
  'renew.sent:1',
  'renew.answered:1',
  'fail.sent:1',
  'fail.answered:1',
] as const

export const pointsOf = {
  exec: workerPoints,
  stream: workerPoints.filter((point) => !point.startsWith('command')),
} as const

async function killSupervised({ nodes, dice }: Target): Promise<boolean> {
  const pids = await dice.pick(nodes).workers()
  return pids.length > 0 && kill(dice.pick(pids))
}

function killLoner({ loners, dice }: Target): Promise<boolean> {
  return Promise.resolve(kill(dice.pick(loners).program().pid))
}

function killDaemon({ nodes, dice }: Target): Promise<boolean> {
  const node = dice.pick(nodes)
  node.arm(dice.pick(daemonPoints))
  return Promise.resolve(kill(node.daemon().pid))
}

/** True when it happened soon; else it happens whenever such a statement is answered. */
async function loseAnswer(proxy: Ground['proxy'], sql: RegExp): Promise<boolean> {
  const lost = proxy.cutReply({ sql }).then(
    () => true,
    () => false,
  )
  return Promise.race([lost, pause(600).then(() => false)])
}

/** Long enough for leases to run out, and for every timeout of the fleet to strike. */
const longMs = leaseMs + 600
const shortMs = 1_300

export const weathers: readonly (readonly [string, Weather])[] = [
  ['calm', () => pause(shortMs)],
  ['LOCK TABLE in access exclusive mode', lockTable],
  ['database read-only', readOnly],
  ['database a black hole', (target) => hole(target, 'both')],
  ['answers of the database vanish (half-open LISTEN)', (target) => hole(target, 'toClient')],
  ['database refuses connections', refuse],
  ['Postgres stopped in immediate mode', ({ server }) => server.crash('SIGQUIT')],
  ['Postgres killed with -9', ({ server }) => server.crash('SIGKILL')],
  ['worker stopped past its lease', stopWorker],
  ['daemon stopped past the leases', ({ nodes, dice }) => stopped(() => dice.pick(nodes).daemon().pid)],
  ['wall clock an hour ahead', (target) => clockJump(target, 3_600_000)],
  ['wall clock an hour behind', (target) => clockJump(target, -3_600_000)],
]

/** Weather that needs a daemon which comes to its end, or a first one that stays: no strikes meanwhile. */
export const stillWeathers: readonly (readonly [string, Weather])[] = [
  ['shutdown cut short', shutdownCutShort],
  ['second daemon on one state directory', secondDaemon],
]

async function lockTable({ server }: Target): Promise<void> {
  const session = await server.session()
  try {
    await session.query('begin')
    await session.query('lock table jr_work_queue in access exclusive mode')
    await pause(shortMs)
    await session.query('rollback')
  } catch {
    // A crash of the server ends every lock.
  } finally {
    await session.end().catch(() => {})
  }
}

/** As after a failover to a standby: who is connected notices, and who connects anew. */
async function readOnly({ server }: Target): Promise<void> {
  const database = new URL(server.url).pathname.slice(1)
  await server.ask(`alter database ${database} set default_transaction_read_only = on`)
  await server.ask(
    `select pg_terminate_backend(pid) from pg_stat_activity where application_name <> 'chaos' and pid <> pg_backend_pid() and usename = current_user`,
  )
  await pause(shortMs)
  await server.ask(`alter database ${database} reset default_transaction_read_only`)
}

async function hole({ proxy }: Target, direction: 'both' | 'toClient'): Promise<void> {
  proxy.blackHole(direction, direction === 'both' ? 'held' : 'served')
  await pause(longMs)
  proxy.heal()
}

async function refuse({ proxy }: Target): Promise<void> {
  proxy.refuse()
  proxy.cut()
  await pause(shortMs)
  proxy.heal()
}

/** It comes back and believes that it still holds its tasks: its fences are stale. */
async function stopWorker({ nodes, loners, dice }: Target): Promise<void> {
  const supervised = (await Promise.all(nodes.map((node) => node.workers()))).flat()
  const pids = dice.shuffled([...supervised, ...loners.map((loner) => loner.program().pid)]).slice(0, 2)
  await Promise.all(pids.map((pid) => stopped(() => pid)))
}

async function stopped(find: () => number): Promise<void> {
  const pid = find()
  signal(pid, 'SIGSTOP')
  await pause(longMs)
  signal(pid, 'SIGCONT')
}

async function clockJump({ clockFile }: Target, offsetMs: number): Promise<void> {
  await writeFile(clockFile, String(offsetMs))
  await pause(shortMs)
  await writeFile(clockFile, '0')
}

/** A daemon that dies in one of the six steps, with workers half stopped. */
async function shutdownCutShort({ nodes, dice }: Target): Promise<void> {
  const node = dice.pick(nodes)
  node.arm(`shutdown.${1 + dice.integer(6)}`)
  const before = node.daemon().pid
  kill(before)
  const started = await eventually(
    'a new daemon',
    () => Promise.resolve(node.daemon()),
    (daemon) => daemon.pid !== before,
    10_000,
  )
  await isUp(node)
  signal(started.pid, 'SIGTERM')
  await Promise.race([started.exited, pause(8_000)])
}

async function isUp(node: Node): Promise<void> {
  await eventually(
    'a daemon that runs',
    () => Promise.resolve(node.isUp()),
    (up) => up,
    30_000,
  )
}

/** It leaves at once and names the owner; unless the owner has just been killed, then it is the first. */
async function secondDaemon({ nodes, dice, tally }: Target): Promise<void> {
  const node = dice.pick(nodes)
  await isUp(node)
  const owner = node.daemon().pid
  const second = await node.command('daemon')
  const ended = await Promise.race([second.exited, pause(15_000).then(() => null)])
  if (ended === null) {
    kill(second.pid)
    if (node.daemon().pid === owner)
      throw new Error(`a second daemon runs on ${node.stateDir}:\n${second.printed()}`)
    tally.note('second daemons that found the first one dead')
  } else {
    if (ended.code === 0 || !/owns the state directory/.test(second.printed()))
      throw new Error(`a second daemon ended with ${ended.code}:\n${second.printed()}`)
    tally.note('second daemons turned away')
  }
}
