import type { TaskId } from '../ids.ts'
import type { PositionInput } from '../positions.ts'
import type {
  Asked,
  CapacityBalances,
  CapacityCore,
  CapacityDemand,
  CommonView,
  CoreGrant,
  Dispatched,
  HolderView,
} from './core-types.ts'
import { type Charged, createFairQueue } from './fair-queue.ts'
import type { Funds } from './funds.ts'
import { type Holder, type HolderId, newHolder } from './holder.ts'
import { createLanes } from './lanes.ts'
import { createLendFunds } from './lend-funds.ts'
import type { CapacityRules } from './rules.ts'
import { rateOf, tailWeight, topWeight, weightedPositions } from './shares.ts'
import { createStandings } from './standings.ts'
import { createStrictFunds } from './strict-funds.ts'
import { heldBucket } from './token-bucket.ts'
import { countSettled, newTotals } from './totals.ts'
import { note, perMinute } from './used-rate.ts'
import { append, idsIn, takeOut, type Wish } from './wish-line.ts'

export type * from './core-types.ts'
export type { CapacityRules } from './rules.ts'
export type { HolderId } from './holder.ts'

/** More than this are granted by the next call, which is due at once, so that nothing else waits for long. */
const grantsPerDispatchMax = 256

interface Outstanding {
  holder: Holder
  amount: number
  lane: string | null
  charged: Charged
  /** It counts among those in flight, and in its lane. */
  isPlaced: boolean
}

/** @param startMs the time from which on capacity accrues */
export function createCapacityCore(initial: CapacityRules, startMs: number): CapacityCore {
  let rules = initial
  const queue = createFairQueue<Holder>(weightedPositions(rules.depth))
  const lanes = createLanes((name, full) => (full ? queue.freeze(name) : queue.thaw(name)))
  const standings = createStandings(weightedPositions(rules.depth), reseated)
  const ownTail = new Set<Holder>()
  const wishes = new Map<number, { wish: Wish; holder: Holder }>()
  const outstanding = new Map<number, Outstanding>()
  let placesTaken = 0
  const absent = new Map<HolderId, number>()
  /** Until the order is known: before that this node seems to have another part of the whole, which may not hold it. */
  let absentCommon = 0
  const totals = newTotals()
  let untracked: Holder | undefined
  let waitingAmount = 0
  let lastId = 0
  let now = startMs
  let funds = newFunds(0)
  admitUntracked()

  function newFunds(tokens: number): Funds {
    return rules.mode === 'strict'
      ? createStrictFunds(queue, (holder) => rateOf(shareOf(holder), rules))
      : createLendFunds(queue, () => rateOf(nodePart(), rules), tokens, now)
  }

  /** This node's part of the whole: its own tasks' shares, of those of all tasks in progress. */
  function nodePart(): number {
    if (standings.isAllOwn() && rules.untracked <= 1) return 1
    const { all, own } = standings.sums(rules.untracked)
    // With nobody in progress there is nobody to grant anything to either; the rate matters for what is put by.
    if (all === 0) return 1
    return own === all ? 1 : own / all
  }

  function shareOf(holder: Holder): number {
    return seatShare(holder.seat ?? positionSeat(standings.positionOf(holder)))
  }
  const positionSeat = (position: number): number | 'tail' =>
    position > weightedPositions(rules.depth) ? 'tail' : position

  function seatShare(seat: number | 'tail'): number {
    if (seat !== 'tail') return topWeight(seat)
    return tailWeight(weightedPositions(rules.depth)) / Math.max(1, standings.tailSize() + rules.untracked)
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
      untracked.bucket = heldBucket(takeAbsent('untracked'), now)
      reseated(untracked, 'tail')
    }
    if (rules.untracked > 0 || untracked === undefined) return []
    const refused = refuseAll(untracked)
    reseated(untracked, null)
    untracked = undefined
    return refused
  }

  function takeAbsent(id: HolderId): number {
    const tokens = absent.get(id) ?? 0
    absent.delete(id)
    return tokens
  }

  function refuseAll(holder: Holder): number[] {
    const ids = idsIn(holder.line)
    for (const id of ids) drop(id)
    if (ids.length > 0) funds.headChanged(holder, now)
    return ids
  }

  function drop(id: number): Holder | undefined {
    const found = wishes.get(id)
    if (found === undefined) return undefined
    wishes.delete(id)
    takeOut(found.holder.line, found.wish)
    waitingAmount = wishes.size === 0 ? 0 : waitingAmount - found.wish.amount
    return found.holder
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
    if (own) holder.bucket = heldBucket(takeAbsent(task.id), now)
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
    sharesChanged()
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

  /** From one bucket to many or back: what is at hand goes along, in proportion to the shares, and so does a debt. */
  function changeFunds(): void {
    const holders = ownHolders()
    for (const holder of holders) funds.withdraw(holder)
    const tokens = holders.map((holder) => funds.bucketOf(holder, now).tokens)
    const shares = holders.map(shareOf)
    const whole = sum(shares)
    const common = rules.mode === 'strict' ? (tokens[0] ?? 0) : 0
    for (const [index, holder] of holders.entries()) {
      holder.bucket = heldBucket((common * (shares[index] ?? 0)) / whole, now)
    }
    funds = newFunds(sum(tokens))
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
    checkUnits(demand.amount)
    const holder = find(demand.holder)
    if (holder?.own !== true) {
      return { asked: false, reason: 'not_in_progress', retryAfterMs: 0, position: null }
    }
    if (holder.line.count >= rules.waitingPerHolderMax || wishes.size >= rules.waitingMax) {
      const retryAfterMs = waitEstimateMs(demand.holder, demand.amount, now)
      return { asked: false, reason: 'too_many', retryAfterMs, position: positionOf(holder) }
    }
    return { asked: true, wishId: put(holder, demand) }
  }

  function put(holder: Holder, { amount, lane }: CapacityDemand): number {
    lastId += 1
    const wish: Wish = { id: lastId, amount, lane, askedAtMs: now, before: undefined, after: undefined }
    wishes.set(wish.id, { wish, holder })
    append(holder.line, wish)
    waitingAmount += amount
    if (holder.line.head === wish) funds.headChanged(holder, now)
    return wish.id
  }

  function cancel(wishId: number, nowMs: number): boolean {
    at(nowMs)
    const holder = drop(wishId)
    if (holder !== undefined) funds.headChanged(holder, now)
    return holder !== undefined
  }

  function dispatch(nowMs: number): Dispatched {
    at(nowMs)
    const grants: CoreGrant[] = []
    const dueAtMs = funds.release(now)
    while (placesTaken < rules.inFlight) {
      if (grants.length === grantsPerDispatchMax) return { grants, wakeAtMs: now }
      const holder = queue.next()
      const wish = holder?.line.head
      if (holder === undefined || wish === undefined) return { grants, wakeAtMs: wakeAt(dueAtMs) }
      const waitMs = funds.waitMs(holder, wish.amount, now)
      if (waitMs > 0) return { grants, wakeAtMs: wakeAt(Math.min(dueAtMs, now + waitMs)) }
      grants.push(reserve(holder, wish))
    }
    return { grants, wakeAtMs: null }
  }

  const wakeAt = (ms: number): number | null => (ms === Infinity ? null : ms)

  function reserve(holder: Holder, wish: Wish): CoreGrant {
    const { id, amount, lane } = wish
    const charged = queue.start(holder, amount, wish.after?.lane)
    funds.take(holder, amount, now)
    drop(id)
    outstanding.set(id, { holder, amount, lane, charged, isPlaced: true })
    placesTaken += 1
    holder.inFlight += 1
    holder.reserved += amount
    totals.reserved += amount
    note(holder.used, amount, now)
    funds.headChanged(holder, now)
    lanes.occupy(lane)
    const waitedMs = now - wish.askedAtMs
    return {
      id,
      holder: holder.id,
      position: positionOf(holder),
      share: shareOf(holder),
      amount,
      lane,
      waitedMs,
    }
  }

  const positionOf = (holder: Holder): number | null =>
    holder.standing === null ? null : standings.positionOf(holder)

  function settle(grantId: number, used: number, nowMs: number): boolean {
    at(nowMs)
    checkUnits(used)
    const grant = outstanding.get(grantId)
    if (grant === undefined) return false
    release(grantId)
    outstanding.delete(grantId)
    const { holder, amount, charged } = grant
    holder.inFlight -= 1
    holder.reserved = holder.inFlight === 0 ? 0 : holder.reserved - amount
    countSettled(totals, amount, used)
    note(holder.used, used - amount, now)
    queue.correct(holder, charged, used - amount)
    funds.settle(holder, amount, used, now)
    return true
  }

  function release(grantId: number): void {
    const grant = outstanding.get(grantId)
    if (grant?.isPlaced !== true) return
    grant.isPlaced = false
    placesTaken -= 1
    lanes.vacate(grant.lane)
  }

  function waitEstimateMs(id: HolderId, amount: number, nowMs: number): number {
    at(nowMs)
    const holder = find(id)
    if (holder?.own !== true) return Infinity
    const needed = neededOf(holder, amount)
    return estimate(holder, holder.line.amount + needed, waitingAmount + needed)
  }

  /** More than the burst is never there: it is granted on a full bucket. */
  const neededOf = (holder: Holder, amount: number): number =>
    Math.min(amount, funds.bucketOf(holder, now).burst)

  /** Until `cost` units more of this holder are granted, when `all` units wait in all. */
  function estimate(holder: Holder, cost: number, all: number): number {
    const bucket = funds.bucketOf(holder, now)
    const ahead = Math.max(0, queue.aheadOf(holder)) + cost
    const before = rules.mode === 'strict' ? cost : Math.min(ahead / queue.partOf(holder), all)
    const missing = Math.max(0, before - bucket.tokens)
    return missing === 0 ? 0 : (missing * 60_000) / bucket.ratePerMinute
  }

  function viewOf(holder: Holder): HolderView {
    const { id, own, line, inFlight, reserved } = holder
    const share = shareOf(holder)
    const { ratePerMinute } = rateOf(share, rules)
    const usedPerMinute = perMinute(holder.used, now)
    const bucket = rules.mode === 'strict' && own ? funds.bucketOf(holder, now) : null
    const waitMs =
      line.head === undefined ? Infinity : estimate(holder, neededOf(holder, line.head.amount), waitingAmount)
    return {
      holder: id,
      own,
      position: positionOf(holder),
      share,
      ratePerMinute,
      tokens: bucket?.tokens ?? null,
      burst: bucket?.burst ?? null,
      waiting: line.count,
      waitingAmount: line.amount,
      inFlight,
      reserved,
      usedPerMinute,
      lentPerMinute: Math.max(0, usedPerMinute - ratePerMinute),
      waitEstimateMs: wakeAt(waitMs),
    }
  }

  function views(nowMs: number, limit: number): HolderView[] {
    at(nowMs)
    const shown: HolderView[] = []
    for (let position = 1; position <= Math.min(limit, standings.size()); position += 1) {
      const holder = standings.at(position)
      if (holder !== undefined) shown.push(viewOf(holder))
    }
    return untracked === undefined ? shown : [...shown, viewOf(untracked)]
  }

  function commonView(nowMs: number): CommonView {
    at(nowMs)
    const bucket = rules.mode === 'lend' ? lendBucket() : null
    return {
      ratePerMinute: rateOf(nodePart(), rules).ratePerMinute,
      tokens: bucket?.tokens ?? null,
      burst: bucket?.burst ?? null,
      waiting: wishes.size,
      waitingAmount,
      inFlight: outstanding.size,
      inFlightMax: rules.inFlight,
      totals: { ...totals },
    }
  }

  /** In mode `lend` everybody's is the same. */
  const lendBucket = (): { tokens: number; burst: number } =>
    funds.bucketOf(untracked ?? newHolder('untracked', null, true, now), now)

  function save(nowMs: number): CapacityBalances {
    at(nowMs)
    const kept = [...absent].map(([holder, tokens]) => ({ holder, tokens }))
    if (rules.mode === 'lend') return { common: lendBucket().tokens + absentCommon, holders: kept }
    const own = ownHolders().map((holder) => ({
      holder: holder.id,
      tokens: funds.bucketOf(holder, now).tokens,
    }))
    return { common: null, holders: [...own, ...kept] }
  }

  function restore(balances: CapacityBalances, nowMs: number): void {
    at(nowMs)
    for (const { holder: id, tokens } of balances.holders) {
      const holder = find(id)
      if (holder === undefined) absent.set(id, tokens)
      else holder.bucket = heldBucket(tokens, now)
    }
    absentCommon = balances.common ?? 0
    funds.sharesChanged(ownHolders(), now)
  }

  function forgetAbsent(): void {
    if (rules.mode === 'lend') funds = newFunds(lendBucket().tokens + absentCommon)
    absentCommon = 0
    absent.clear()
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
    release,
    views,
    view(id, nowMs) {
      at(nowMs)
      const holder = find(id)
      return holder === undefined ? undefined : viewOf(holder)
    },
    common: commonView,
    waitEstimateMs,
    save,
    restore,
    forgetAbsent,
  }
}

/** A copy: what the order depends on must not change under it. */
function standingOf({ id, urgent, urgentAt, startedAt }: PositionInput): PositionInput & { id: TaskId } {
  return { id, urgent, urgentAt, startedAt }
}

function checkUnits(units: number): void {
  if (!(units >= 0 && units < Infinity)) throw new RangeError(`${units} is no number of units: 0 or more`)
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0)
