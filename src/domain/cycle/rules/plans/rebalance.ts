import { byName, takerOf, type Candidate } from '../../../assignment.ts'
import type { JrName, TaskId } from '../../../ids.ts'
import type { Move } from '../../decision.ts'
import type { LineView, Snapshot, TaskRef } from '../../snapshot.ts'
import type { Means, Plan } from '../rule.ts'
import { nothing } from '../rule.ts'
import { chosen } from './chosen.ts'

/** A move must make the lines more even, or tasks would go to and fro. */
const differenceMin = 2

/** Who fails everything at once has the shortest line of all: who failed so often, and nothing else, is given nothing. */
const failuresMax = 3

/** Moves waiting tasks to less loaded Jrs: all of those whose Jr is offline, then from the ends of the longest lines. */
export function rebalance(snapshot: Snapshot, means: Means): Plan {
  const moves = movesOf(snapshot, means)
  return moves.length === 0
    ? nothing(whyNoMove(snapshot))
    : { kind: 'action', action: { action: 'rebalance_queue', moves, deadLetters: [] } }
}

const emergencyAgeMs = 2 * 3_600_000

/** As `rebalance`; where it is allowed, also gives up what has waited for over two hours and could not be moved. */
export function emergency(snapshot: Snapshot, means: Means): Plan {
  const moves = movesOf(snapshot, means)
  const deadLetters = means.emergencyDeadLetter ? givenUp(snapshot, moves, means) : []
  if (moves.length + deadLetters.length > 0)
    return { kind: 'action', action: { action: 'rebalance_queue', moves, deadLetters } }
  return nothing(`${whyNoMove(snapshot)}${whyNoDeath(snapshot, means)}`)
}

function whyNoDeath({ jobs }: Snapshot, { emergencyDeadLetter }: Means): string {
  if (!emergencyDeadLetter) return ' (dead letters are not allowed: emergency_dead_letter)'
  return (jobs.oldestWaitingMs ?? 0) > emergencyAgeMs
    ? ', and what has waited for over 2 h was put before the others within the last hour'
    : ', and nothing has waited for over 2 h'
}

function givenUp({ jobs }: Snapshot, moves: readonly Move[], means: Means): TaskId[] {
  const moved = new Set(moves.map(({ taskId }) => taskId))
  const old = jobs.oldest.filter(({ id, ageMs }) => ageMs > emergencyAgeMs && !moved.has(id))
  return chosen(old, { ...means, tasksMax: means.tasksMax - moves.length }).map(({ id }) => id)
}

/** What rests is not among a line's last: a line may be long, and have nothing that may be moved. */
function whyNoMove({ workers }: Snapshot): string {
  const lines = workers.lines.filter(({ jrName, waiting }) => jrName !== '' && waiting > 0)
  if (lines.length === 0) return "nothing waits in a Jr's line"
  const online = workers.lines.filter((line) => line.online)
  if (online.length === 0) return 'no Jr is online'
  const loads = online.filter(isTrusted).map(loadOf)
  if (loads.length === 0) return `each Jr that is online failed its last ${failuresMax} tasks or more`
  const least = Math.min(...loads)
  const long = lines.filter((line) => !line.online || loadOf(line) - least >= differenceMin)
  return long.length > 0 && long.every(({ last }) => last.length === 0)
    ? 'the ends of the longer lines were moved lately, and stay for a while'
    : 'no Jr that is online and accepts them has a shorter line'
}

/** Tasks that are tried for a move in one pass, so that a fleet that accepts nothing costs no more than another. */
const triesMax = 200

function movesOf({ workers }: Snapshot, means: Means): Move[] {
  const lines = workers.lines.filter(({ jrName }) => jrName !== '')
  const online = lines
    .filter((line) => line.online)
    .map((line) => takerFrom(line, means))
    .sort(byName)
  const takers = online.filter(({ mayTake }) => mayTake)
  const moves: Move[] = []
  const taken = new Set<TaskId>()
  let tries = 0
  for (const line of inOrder(lines)) {
    const own = online.find(({ name }) => name === line.jrName)
    for (const task of chosen(line.last, means)) {
      if (moves.length >= means.tasksMax || tries >= triesMax) return moves
      if (!isWorthMoving(own, takers)) break
      if (taken.has(task.id)) continue
      tries += 1
      const to = takenBy(task, own, takers)
      if (to === undefined) continue
      taken.add(task.id)
      moves.push({ taskId: task.id, from: line.jrName as JrName, to })
    }
  }
  return moves
}

function isTrusted({ failuresInARow }: LineView): boolean {
  return failuresInARow < failuresMax
}

/** Offline Jrs' lines first, for nobody serves them; then the longest. The order among equals is that of the snapshot. */
function inOrder(lines: readonly LineView[]): LineView[] {
  return [...lines].sort((a, b) => Number(a.online) - Number(b.online) || loadOf(b) - loadOf(a))
}

/** A Jr that is online; its load changes with what is moved. */
type Taker = Candidate<TaskRef> & { mayTake: boolean }

function takerFrom(line: LineView, means: Means): Taker {
  const name = line.jrName as JrName
  const accepts = (task: TaskRef): boolean => means.accepts(name, task)
  return { name, load: loadOf(line), mayTake: isTrusted(line), accepts }
}

function loadOf({ load, waiting }: LineView): number {
  return load + waiting
}

/** @param own the Jr in whose line the task waits; undefined: it is offline */
function isWorthMoving(own: Taker | undefined, takers: readonly Taker[]): boolean {
  if (own === undefined) return takers.length > 0
  return takers.some(({ load }) => own.load - load >= differenceMin)
}

/** Who gets it; null: nobody's line, where its Jr is offline and nobody is found for it; undefined: it stays. */
function takenBy(task: TaskRef, own: Taker | undefined, takers: readonly Taker[]): JrName | null | undefined {
  const better = own === undefined ? takers : takers.filter(({ load }) => own.load - load >= differenceMin)
  const taker = takerOf(task, better)
  if (taker === undefined) return own === undefined ? null : undefined
  taker.load += 1
  if (own !== undefined) own.load -= 1
  return taker.name
}
