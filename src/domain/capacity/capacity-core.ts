import type { PositionInput } from '../positions.ts'
import { createAbsentBalances } from './absent-balances.ts'
import type { Asked, CapacityCore, CapacityDemand, CoreGrant, Dispatched } from './core-types.ts'
import { carryOver } from './carry-over.ts'
import { atMost, checkTime, standingOf } from './core-arguments.ts'
import { createCoreBalances } from './core-balances.ts'
import { createCoreViews } from './core-views.ts'
import { createCurrentShares } from './current-shares.ts'
import { createFairQueue } from './fair-queue.ts'
import type { Funds } from './funds.ts'
import { type Holder, type HolderId, newHolder } from './holder.ts'
import { createLanes } from './lanes.ts'
import { createLendFunds } from './lend-funds.ts'
import { createReservations } from './reservations.ts'
import type { CapacityRules } from './rules.ts'
import { rateOf, weightedPositions } from './shares.ts'
import { createStandings } from './standings.ts'
import { createStrictFunds } from './strict-funds.ts'
import { heldBucket } from './token-bucket.ts'
import { note } from './used-rate.ts'
import { createWaitingRoom } from './waiting-room.ts'
import { firstOf, idsIn, type Wish } from './wish-line.ts'

export type * from './core-types.ts'
export type { CapacityRules } from './rules.ts'
export type { HolderId } from './holder.ts'

/** More than this are granted by the next call, which is due at once, so that nothing else waits for long. */
const grantsPerDispatchMax = 256

/** @param startMs the time from which on capacity accrues */
export function createCapacityCore(initial: CapacityRules, startMs: number): CapacityCore {
  let rules = initial
  const queue = createFairQueue<Holder>(weightedPositions(rules.depth))
  const lanes = createLanes((name, full) => (full ? queue.freeze(name) : queue.thaw(name)))
  const standings = createStandings(weightedPositions(rules.depth), reseated)
  const ownTail = new Set<Holder>()
  const shares = createCurrentShares(standings, () => rules)
  const waiting = createWaitingRoom()
  const reservations = createReservations(lanes)
  const absent = createAbsentBalances()
  let untracked: Holder | undefined
  let now = checkTime(startMs)
  let funds = newFunds(0)
  const current = () => ({ rules, funds, nowMs: now })
  const show = createCoreViews({ queue, standings, shares, waiting, reservations }, current)
  const balances = createCoreBalances(absent, { own: ownHolders, find }, current)
  admitUntracked()

  function newFunds(tokens: number): Funds {
    return rules.mode === 'strict'
      ? createStrictFunds(queue, (holder) => rateOf(shares.of(holder), rules))
      : createLendFunds(
          queue,
          () => rateOf(shares.ofNode(), rules),
          () => rules.costMax,
          tokens,
          now,
        )
  }

  function at(nowMs: number): number {
    now = Math.max(now, nowMs)
    return now
  }

  function reseated(holder: Holder, seat: number | 'tail' | null): void {
    if (!holder.own || holder.seat === seat) return
    queue.seat(holder, seat)
    if (seat === 'tail') ownTail.add(holder)
    else ownTail.delete(holder)
    funds.reseated(holder, now)
  }

  function admitUntracked(): number[] {
    if (rules.untracked > 0 && untracked === undefined) {
      untracked = newHolder('untracked', null, true, now)
      untracked.bucket = heldBucket(absent.take('untracked'), now)
      reseated(untracked, 'tail')
    }
    if (rules.untracked > 0 || untracked === undefined) return []
    const refused = refuseAll(untracked)
    reseated(untracked, null)
    untracked = undefined
    return refused
  }

  function refuseAll(holder: Holder): number[] {
    const ids = idsIn(holder.line)
    for (const id of ids) waiting.remove(id)
    if (ids.length > 0) funds.headChanged(holder, now)
    return ids
  }

  function find(id: HolderId): Holder | undefined {
    return id === 'untracked' ? untracked : standings.find(id)
  }

  function enter(task: PositionInput, own: boolean, nowMs: number): number[] {
    at(nowMs)
    const known = standings.find(task.id)
    if (known?.own === own) {
      stand(known, task)
      return []
    }
    const refused = known === undefined ? [] : leave(task.id, nowMs)
    const holder = newHolder(task.id, null, own, now)
    if (own) holder.bucket = heldBucket(absent.take(task.id), now)
    standings.add(holder, standingOf(task))
    sharesChanged()
    return refused
  }

  function move(task: PositionInput, nowMs: number): void {
    at(nowMs)
    const holder = standings.find(task.id)
    if (holder !== undefined) stand(holder, task)
  }

  function stand(holder: Holder, task: PositionInput): void {
    standings.move(holder, standingOf(task))
    // As many share the tail as before; the node's part may be another.
    funds.sharesChanged([], now)
  }

  function leave(id: HolderId, nowMs: number): number[] {
    at(nowMs)
    const holder = id === 'untracked' ? undefined : standings.find(id)
    if (holder === undefined) return []
    const refused = refuseAll(holder)
    standings.remove(holder)
    sharesChanged()
    return refused
  }

  function sharesChanged(): void {
    funds.sharesChanged(ownTail, now)
  }

  function setRules(next: CapacityRules, nowMs: number): number[] {
    at(nowMs)
    const before = rules
    rules = next
    queue.resize(weightedPositions(rules.depth))
    standings.resize(weightedPositions(rules.depth))
    const refused = admitUntracked()
    if (before.mode !== rules.mode) changeFunds()
    funds.sharesChanged(ownHolders(), now)
    return refused
  }

  function changeFunds(): void {
    const holders = ownHolders()
    funds = newFunds(carryOver(funds, rules.mode, holders, shares, now))
    for (const holder of holders) {
      funds.reseated(holder, now)
      funds.headChanged(holder, now)
    }
  }

  function ownHolders(): Holder[] {
    const own = [...standings.all()].filter((holder) => holder.own)
    return untracked === undefined ? own : [...own, untracked]
  }

  function ask(demand: CapacityDemand, nowMs: number): Asked {
    at(nowMs)
    const amount = atMost(demand.amount, rules.costMax)
    const holder = find(demand.holder)
    if (holder?.own !== true) {
      return { asked: false, reason: 'not_in_progress', retryAfterMs: 0, position: null }
    }
    if (holder.line.count >= rules.waitingPerHolderMax || waiting.count() >= rules.waitingMax) {
      const retryAfterMs = show.waitOfNextMs(holder, amount)
      return { asked: false, reason: 'too_many', retryAfterMs, position: show.positionOf(holder) }
    }
    const wish = waiting.add(holder, { ...demand, amount }, now)
    if (wish.before === undefined) funds.headChanged(holder, now)
    return { asked: true, wishId: wish.id }
  }

  function cancel(wishId: number, nowMs: number): boolean {
    at(nowMs)
    const holder = waiting.remove(wishId)
    if (holder !== undefined) funds.headChanged(holder, now)
    return holder !== undefined
  }

  function dispatch(nowMs: number): Dispatched {
    at(nowMs)
    const grants: CoreGrant[] = []
    const dueAtMs = funds.release(now)
    while (reservations.placesTaken() < rules.inFlight) {
      if (grants.length === grantsPerDispatchMax) return { grants, wakeAtMs: now }
      const holder = queue.next()
      const wish = holder === undefined ? undefined : firstOf(holder.line, hasRoom)
      if (holder === undefined || wish === undefined) return { grants, wakeAtMs: wakeAt(dueAtMs) }
      const waitMs = funds.waitMs(holder, wish.amount, now)
      if (waitMs > 0) return { grants, wakeAtMs: wakeAt(Math.min(dueAtMs, now + waitMs)) }
      grants.push(reserve(holder, wish))
    }
    return { grants, wakeAtMs: null }
  }

  const hasRoom = (lane: string | null): boolean => lanes.hasRoom(lane)

  const wakeAt = (ms: number): number | null => (ms === Infinity ? null : ms)

  function reserve(holder: Holder, wish: Wish): CoreGrant {
    const { id, amount, lane } = wish
    waiting.remove(id)
    const charged = queue.start(holder, amount, holder.line.choice)
    funds.take(holder, amount, now)
    note(holder.used, amount, now)
    funds.headChanged(holder, now)
    reservations.add(id, { holder, amount, lane, charged })
    const waitedMs = now - wish.askedAtMs
    return {
      id,
      holder: holder.id,
      position: show.positionOf(holder),
      share: shares.of(holder),
      amount,
      lane,
      waitedMs,
    }
  }

  function settle(grantId: number, reallyUsed: number, nowMs: number): boolean {
    at(nowMs)
    const used = atMost(reallyUsed, rules.costMax)
    const settled = reservations.settle(grantId, used)
    if (settled === undefined) return false
    const { holder, amount, charged } = settled
    note(holder.used, used - amount, now)
    queue.correct(holder, charged, used - amount)
    funds.settle(holder, amount, used, now)
    return true
  }

  function waitEstimateMs(id: HolderId, amount: number, nowMs: number): number {
    at(nowMs)
    const holder = find(id)
    if (holder?.own !== true) return Infinity
    return show.waitOfNextMs(holder, Math.min(amount, rules.costMax))
  }

  function forgetAbsent(): void {
    if (rules.mode === 'lend') funds = newFunds(balances.common())
    absent.forget()
  }

  return {
    enter,
    move,
    leave,
    setRules,
    setLane: (name, places) => lanes.set(name, places),
    ask,
    cancel,
    dispatch,
    settle,
    release: (grantId) => reservations.release(grantId),
    views(nowMs, limit) {
      at(nowMs)
      return show.first(limit, untracked)
    },
    view(id, nowMs) {
      at(nowMs)
      const holder = find(id)
      return holder === undefined ? undefined : show.of(holder)
    },
    common(nowMs) {
      at(nowMs)
      return show.common(rules.mode === 'lend' ? balances.lendBucket() : null)
    },
    waitEstimateMs,
    save(nowMs) {
      at(nowMs)
      return balances.save()
    },
    restore(kept, nowMs) {
      at(nowMs)
      balances.restore(kept)
    },
    forgetAbsent,
  }
}
