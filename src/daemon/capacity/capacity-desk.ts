import type { CapacityView } from '../../contract/views.ts'
import { createCapacityCore } from '../../domain/capacity/capacity-core.ts'
import type { CoreGrant } from '../../domain/capacity/core-types.ts'
import type { CapacityRules } from '../../domain/capacity/rules.ts'
import type { TaskId } from '../../domain/ids.ts'
import { BugError, messageOf } from '../../errors.ts'
import type { Capacity, CapacityAnswer, CapacityGrant, CapacityRefusal } from '../../ports/capacity.ts'
import type { Clock } from '../../ports/clock.ts'
import type { Logger } from '../../ports/logger.ts'
import type { Random } from '../../ports/random.ts'
import type { StateStore } from '../../ports/state-store.ts'
import { createAlarm } from './alarm.ts'
import { createBalanceKeeping } from './balance-keeping.ts'
import { capacityViewOf, shareViewsOf, type ShareView } from './capacity-views.ts'
import { orderChanges, type PlacedTask } from './order-changes.ts'
import { createWaitingWishes, type WaitingWish } from './waiting-wishes.ts'

/** The capacity core with a clock: who asks is answered, in time, once; what it knows is kept and shown. */
export interface CapacityDesk extends Capacity {
  /**
   * The tasks in progress of all nodes, as they were read from `readMs` (monotonic) on. Whoever waits for another task is
   * refused.
   */
  order(tasks: readonly PlacedTask[], readMs: number): void
  /** How many requests each upstream takes at a time. Of one that is not named any number. */
  setLanes(lanes: readonly { name: string; places: number }[]): void
  /** From now on: what came in until now came in at the old rates. */
  setRules(rules: CapacityRules): void
  /** All buckets are empty, debts are forgotten: units have another meaning now. */
  empty(): void
  /** What each of these tasks has, in their order. */
  sharesOf(tasks: readonly { id: TaskId }[]): (ShareView | undefined)[]
  view(): Omit<CapacityView, 'unit'>
  /** All who wait are refused, and all who come; what was granted may still be settled. */
  refuse(): void
  /** Refuses, and keeps the balances as they are now. */
  stop(): void
}

/**
 * A worker may ask sooner than this node has seen its task in progress: it waits until the order has been looked at once
 * more, for so long though it would not wait itself.
 */
const placingMs = 5_000
/** So many may wait for that at a time. */
const placingMax = 1_000
/** Of up to 256 grants each; what is left then is the next turn's, so that nothing else waits for long. */
const roundsMax = 16
/** Told to those who are refused: an estimate, but never nonsense. */
const retryAfterMs = { none: 1_000, max: 300_000 } as const

export function createCapacityDesk(deps: {
  rules: CapacityRules
  store: Pick<StateStore, 'buckets' | 'saveBucket' | 'saveBuckets'>
  /** The order should be looked at again soon. */
  lookAgain(): void
  clock: Clock
  random: Random
  logger: Logger
}): CapacityDesk {
  const { clock } = deps
  const logger = deps.logger.child({ part: 'capacity' })
  const core = createCapacityCore(deps.rules, clock.monotonicMs())
  const waiting = createWaitingWishes()
  const alarm = createAlarm(clock, serve)
  const keeping = createBalanceKeeping({ core, store: deps.store, clock, logger })
  // Random per start: no grant of an earlier one is taken for one of this.
  const run = deps.random.hex(8)
  let { rules } = deps
  let places: ReadonlyMap<TaskId, PlacedTask> = new Map()
  let lanes: ReadonlySet<string> = new Set()
  let isServing = false
  let isAsked = false
  let isOpen = true
  /** The order has been read since the start: whoever is not in it is gone. */
  let hasLooked = false

  /** Gives a wish to the core. False: its task is not known to be in progress here. */
  function place(one: WaitingWish): boolean {
    const nowMs = clock.monotonicMs()
    const asked = core.ask(one.wish, nowMs)
    if (asked.asked) waiting.place(one, asked.wishId)
    else if (asked.reason === 'too_many') refuseOne(one, 'too_many')
    return asked.asked || asked.reason === 'too_many'
  }

  function refuseOne(one: WaitingWish, reason: CapacityRefusal): void {
    const { holder, amount } = one.wish
    const nowMs = clock.monotonicMs()
    if (one.id !== null) core.cancel(one.id, nowMs)
    const position = core.view(holder, nowMs)?.position ?? null
    const retryMs = bounded(core.waitEstimateMs(holder, amount, nowMs))
    answer(one, { granted: false, reason, retryAfterMs: retryMs, position })
  }

  function refuseIds(ids: readonly number[], reason: CapacityRefusal): void {
    for (const id of ids) {
      const one = waiting.withId(id)
      if (one !== undefined) refuseOne(one, reason)
    }
  }

  /** Whoever answers takes the wish out first, so nobody is answered twice. */
  function answer(one: WaitingWish, told: CapacityAnswer): void {
    if (!waiting.remove(one)) return
    try {
      one.answered(told)
    } catch (error) {
      logger.error({ error: messageOf(error) }, `an answer about capacity was not taken: ${messageOf(error)}`)
    }
  }

  function grantOf({ id, holder, position, share, amount }: CoreGrant, waitedMs: number): CapacityGrant {
    const settle = (used: number) => {
      if (!core.settle(id, used, clock.monotonicMs())) return
      if (used > amount) keeping.taken([holder])
      keeping.changed()
      serve()
    }
    const release = () => {
      core.release(id)
      serve()
    }
    return {
      id: `${run}-${id}`,
      holder,
      position,
      share,
      waitedMs: Math.round(waitedMs),
      amount,
      costMax: rules.costMax,
      settle,
      refund: () => settle(0),
      release,
    }
  }

  /**
   * Grants what can be granted, refuses who has waited for too long, and sets the timer for the next time. Those who are told
   * may ask, cancel and settle in the same breath: that is served in one more round.
   */
  function serve(): void {
    isAsked = true
    if (isServing) return
    // Nobody to be granted anything, nor to be refused: most requests find it so, and leave it so.
    if (waiting.size === 0) return alarm.setTo(Number.POSITIVE_INFINITY)
    isServing = true
    try {
      let wakeAtMs = clock.monotonicMs()
      for (let rounds = 0; isAsked && rounds < roundsMax; rounds += 1) wakeAtMs = serveOnce()
      const nextMs = isAsked ? clock.monotonicMs() : wakeAtMs
      alarm.setTo(Math.min(nextMs, waiting.first()?.untilMs ?? Number.POSITIVE_INFINITY))
    } finally {
      isServing = false
    }
  }

  /** @returns when to do so again */
  function serveOnce(): number {
    isAsked = false
    const { grants, wakeAtMs } = core.dispatch(clock.monotonicMs())
    // Before they are told: a crash must not give again what somebody may have used.
    keeping.taken(grants.map(({ holder }) => holder))
    for (const grant of grants) tell(grant)
    // When those who still wait are next is seen only after what was granted has been taken.
    if (grants.length > 0) isAsked ||= waiting.size > 0
    else refuseLate()
    return wakeAtMs ?? Number.POSITIVE_INFINITY
  }

  function tell(granted: CoreGrant): void {
    const one = waiting.withId(granted.id)
    // Since it was asked: until its task was seen, the core knew nothing of it.
    const waitedMs = one === undefined ? 0 : clock.monotonicMs() - one.askedMs
    const grant = grantOf(granted, waitedMs)
    if (one === undefined) grant.refund()
    else answer(one, { granted: true, grant })
  }

  /** Whoever asks again upon a refusal is in turn after those who wait now. */
  function refuseLate(): void {
    const nowMs = clock.monotonicMs()
    for (let left = waiting.size; left > 0; left -= 1) {
      const one = waiting.first()
      if (one === undefined || one.untilMs > nowMs) return
      refuseOne(one, 'too_late')
    }
  }

  /** Its task is not known to be in progress here: it may have just begun. */
  function lookFor(one: WaitingWish): void {
    if (one.wish.holder === 'untracked') refuseOne(one, 'not_in_progress')
    else if (waiting.unplacedCount > placingMax) refuseOne(one, 'too_many')
    else deps.lookAgain()
  }

  /** Those whose task had not been seen: now it has, or it is sure that it is not in progress. */
  function placeNewcomers(readMs: number): void {
    for (const one of waiting.unplaced()) {
      if (!place(one) && one.askedMs <= readMs) refuseOne(one, 'not_in_progress')
    }
  }

  function refuse(): void {
    isOpen = false
    for (const one of waiting.all()) refuseOne(one, 'stopping')
    serve()
  }

  return {
    ask(wish, answered) {
      checkAmount(wish.amount)
      const nowMs = clock.monotonicMs()
      const untilMs = nowMs + Math.max(wish.maxWaitMs, placingMs)
      const one = waiting.add(wish, { askedMs: nowMs, untilMs, answered })
      if (!isOpen) refuseOne(one, 'stopping')
      else if (!place(one)) lookFor(one)
      serve()
      return {
        cancel() {
          if (!waiting.remove(one)) return
          if (one.id !== null) core.cancel(one.id, clock.monotonicMs())
          serve()
        },
      }
    },
    order(tasks, readMs) {
      const nowMs = clock.monotonicMs()
      const next = new Map(tasks.map((task) => [task.id, task]))
      const { left, entered, moved } = orderChanges(places, next)
      places = next
      for (const { id } of left) refuseIds(core.leave(id, nowMs), 'not_in_progress')
      for (const task of entered) core.enter(task, task.own, nowMs)
      for (const task of moved) core.move(task, nowMs)
      if (!hasLooked) core.forgetAbsent()
      hasLooked = true
      placeNewcomers(readMs)
      if (left.length + entered.length + moved.length > 0) keeping.changed()
      serve()
    },
    setLanes(next) {
      const gone = [...lanes].filter((name) => !next.some((lane) => lane.name === name))
      for (const name of gone) core.setLane(name, Number.POSITIVE_INFINITY)
      for (const { name, places: count } of next) core.setLane(name, count)
      lanes = new Set(next.map(({ name }) => name))
      serve()
    },
    setRules(next) {
      rules = next
      refuseIds(core.setRules(next, clock.monotonicMs()), 'not_in_progress')
      keeping.changed()
      serve()
    },
    empty() {
      const nowMs = clock.monotonicMs()
      const { common, holders } = core.save(nowMs)
      const emptied = holders.map(({ holder }) => ({ holder, tokens: 0 }))
      // What all share is added to what is there.
      core.restore({ common: common === null ? null : -common, holders: emptied }, nowMs)
      core.forgetAbsent()
      keeping.changed()
      serve()
    },
    sharesOf: (tasks) => shareViewsOf(core, tasks, clock.monotonicMs()),
    view: () => capacityViewOf(core, rules, clock.monotonicMs()),
    refuse,
    stop() {
      refuse()
      alarm.setTo(Number.POSITIVE_INFINITY)
      keeping.stop()
    },
  }
}

/** Here, before anything is begun with it. */
function checkAmount(units: number): void {
  if (!(units >= 0 && units < Infinity)) throw new BugError(`a wish for ${units} units of capacity`)
}

function bounded(waitMs: number): number {
  if (!(waitMs > 0)) return retryAfterMs.none
  return Math.min(Math.ceil(waitMs), retryAfterMs.max)
}
