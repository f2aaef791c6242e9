import type {
  CapacityCore,
  CapacityRules,
  CoreGrant,
  createCapacityCore,
  HolderId,
} from '../../../../src/domain/capacity/capacity-core.ts'
import { taskId } from '../../../../src/domain/ids.ts'
import type { PositionInput } from '../../../../src/domain/positions.ts'
import { diceOf } from '../../../chaos/random.ts'
import { createAgenda } from './agenda.ts'
import { createFairness } from './fairness.ts'
import { plainOrder } from './plain-order.ts'
import { createTide } from './tide.ts'
import { type Check, near } from './violation.ts'
import type { World } from './world.ts'

interface Asked {
  id: number
  amount: number
  real: number
  lane: number
}

/** A holder as the simulation knows it, without asking the core. */
interface Actor {
  index: number
  row: PositionInput | null
  own: boolean
  /** How many wishes it keeps waiting; 0: it comes and goes. */
  greed: number
  line: Asked[]
  /** Told apart from what it was before it left. */
  life: number
}

interface Flight extends Asked {
  actor: Actor
  life: number
  viaTail: boolean
}

export interface Outcome {
  events: number
  grants: number
  /** The worst unfairness seen, in bounds. */
  unfairness: number
}

/**
 * Runs a world on a core and watches every promise. It keeps its own books: what it checks is computed from what went in
 * and out, never read from the core. @throws Error at the first broken promise
 */
export function simulate(create: typeof createCapacityCore, world: World): Outcome {
  const dice = diceOf(world.seed)
  const part = (): number => dice.integer(1e9) / 1e9
  const soon = (meanMs: number): number => now - Math.log(1 - part()) * meanMs
  let now = 0
  let happened = 0
  const check: Check = (holds, what) => {
    if (!holds) throw new Error(`${what()} (event ${happened}, ${now.toFixed(0)} ms)`)
  }
  const agenda = createAgenda()
  let rules: CapacityRules = {
    mode: world.mode,
    baseRate: world.baseRate,
    burstMinutes: world.burstMinutes,
    depth: world.depth,
    inFlight: world.inFlight,
    untracked: world.seed % 3,
    costMax: Infinity,
    waitingPerHolderMax: 50,
    waitingMax: 300,
  }
  let core: CapacityCore = create(rules, 0)
  const untracked: Actor = { index: world.holders, row: null, own: true, greed: 0, line: [], life: 0 }
  const actors: Actor[] = Array.from({ length: world.holders }, (_, index) => ({
    index,
    row: null,
    own: false,
    greed: (world.greedy ? 1 : dice.integer(2)) * (2 + dice.integer(4)),
    line: [],
    life: 0,
  }))
  if (rules.untracked > 0) actors.push(untracked)
  const group = world.holders + 1
  const flights = new Map<number, Flight>()
  const places = [...world.places]
  const taken = world.places.map(() => 0)
  let rate = 0
  let wakeAtMs: number | null = null
  let granted = 0
  const books = { reserved: 0, settled: 0, refunded: 0, overrun: 0, inFlight: 0 }
  const largest = world.costMax * (1 + world.error)
  const overrun = world.costMax * world.error
  const tide = createTide(check, { debt: largest + world.inFlight * overrun, largest })
  const fairness = createFairness(world.holders + 2, check)
  const strict = world.mode === 'strict'

  function reorder(): void {
    const order = plainOrder(actors, rules, group + 1)
    const { levels, weights } = order
    rate = (2 * rules.baseRate * order.part) / 60_000
    tide.changed(rate * 60_000 * rules.burstMinutes)
    inTailNow = (actor) => levels[actor.index] === 'tail'
    fairness.seats(levels, weights, world.inFlight)
  }
  let inTailNow: (actor: Actor) => boolean = () => false

  const isOpen = (lane: number): boolean => (taken[lane] ?? 0) < (places[lane] ?? 0)
  /** What is its next, if it is its turn: the oldest of its wishes in lanes that have room. */
  const nextOf = (actor: Actor): Asked | undefined => actor.line.find(({ lane }) => isOpen(lane))
  const isReady = (actor: Actor): boolean => actor.own && nextOf(actor) !== undefined

  function follow(): void {
    let anyInTail = false
    for (const actor of actors) {
      const ready = isReady(actor)
      fairness.ready(actor.index, ready && !strict)
      if (ready && inTailNow(actor)) anyInTail = true
    }
    fairness.ready(group, anyInTail && !strict)
  }

  // ——— what goes in ———

  const holderOf = (actor: Actor): HolderId => (actor.row === null ? 'untracked' : actor.row.id)

  /** @returns whether it waits now */
  function ask(actor: Actor): boolean {
    if (!actor.own) return false
    const real = world.costMax === 1 ? 1 : 1 + part() * (world.costMax - 1)
    const off = world.biased ? (actor.index % 3) - 1 : 2 * part() - 1
    const amount = real * (1 + world.error * off)
    const lane = dice.integer(world.places.length)
    const asked = core.ask({ holder: holderOf(actor), amount, lane: String(lane) }, now)
    const waiting = actors.reduce((sum, other) => sum + other.line.length, 0)
    check(
      asked.asked === (actor.line.length < rules.waitingPerHolderMax && waiting < rules.waitingMax),
      () => `a wish is ${asked.asked ? 'taken' : 'refused'} with ${actor.line.length} and ${waiting} waiting`,
    )
    if (!asked.asked) return false
    actor.line.push({ id: asked.wishId, amount, real, lane })
    const { life } = actor
    if (part() < world.abort) {
      agenda.add(soon(1000), () => life === actor.life && takeBack(actor, asked.wishId))
    }
    return true
  }

  function askForMany(actor: Actor): void {
    for (let left = dice.integer(10); left >= 0; left -= 1) ask(actor)
  }

  function takeBack(actor: Actor, id: number): void {
    const at = actor.line.findIndex((asked) => asked.id === id)
    const done = core.cancel(id, now)
    check(done === at >= 0, () => `taking back what ${at >= 0 ? 'waits' : 'does not wait'} says ${done}`)
    if (at >= 0) actor.line.splice(at, 1)
  }

  const fill = (actor: Actor): void => {
    while (actor.line.length < actor.greed) if (!ask(actor)) return
  }

  // ——— what comes out ———

  function pump(): void {
    for (let round = 0; ; round += 1) {
      check(round < 10_000, () => 'the core grants without end')
      for (const actor of actors) fill(actor)
      const dispatched = core.dispatch(now)
      for (const grant of dispatched.grants) take(grant)
      wakeAtMs = dispatched.wakeAtMs
      if (dispatched.grants.length === 0) break
    }
    follow()
    const waits = actors.some(isReady) && flights.size < world.inFlight
    check(!waits || wakeAtMs !== null, () => 'somebody waits, and nothing will wake the core')
    check(wakeAtMs === null || wakeAtMs > now, () => 'the core wants to be woken at once, for nothing')
    tide.busy(waits && !strict)
    if (waits && strict) for (const actor of actors.filter(isReady)) checkOwnBucket(actor)
  }

  /** Mode strict: who waits for a lane that has room cannot pay for it, besides what its older ones of full lanes save up for. */
  function checkOwnBucket(actor: Actor): void {
    const next = nextOf(actor)
    const view = core.view(holderOf(actor), now)
    if (next === undefined || typeof view?.tokens !== 'number') return
    // It is woken at whole milliseconds.
    const tokens = view.tokens - view.ratePerMinute / 60_000
    const older = actor.line.filter(({ id, lane }, at) => {
      return id < next.id && actor.line.findIndex((other) => other.lane === lane) === at
    })
    const amount = older.reduce((sum, asked) => sum + asked.amount, next.amount)
    check(
      tokens < Math.min(amount, view.burst ?? amount),
      () => `${actor.index} has what it wants, and waits`,
    )
  }

  function take(grant: CoreGrant): void {
    const actor = grant.holder === 'untracked' ? untracked : (actors[grant.holder - 1] as Actor)
    const head = nextOf(actor)
    check(head?.id === grant.id, () => `${grant.holder} was granted what is not its first that could be`)
    if (head === undefined) return
    actor.line.splice(actor.line.indexOf(head), 1)
    check(flights.size < world.inFlight, () => 'more in flight than may be')
    const viaTail = inTailNow(actor)
    flights.set(grant.id, { ...head, actor, life: actor.life, viaTail })
    taken[head.lane] = (taken[head.lane] ?? 0) + 1
    granted += 1
    books.reserved += head.amount
    books.inFlight += head.amount
    fairness.seen(actor.index, Math.max(head.amount, head.real))
    if (viaTail) fairness.seen(group, Math.max(head.amount, head.real))
    if (!strict) charge(actor.index, viaTail, head.amount)
    follow()
    agenda.add(soon(world.serviceMs), () => land(grant.id))
  }

  function charge(party: number | null, viaTail: boolean, cost: number): void {
    tide.charge(cost)
    if (party !== null) fairness.charge(party, cost)
    if (viaTail) fairness.charge(group, cost)
  }

  function land(id: number): void {
    const flight = flights.get(id)
    if (flight === undefined) return
    flights.delete(id)
    const used = part() < world.abort ? 0 : flight.real
    check(core.settle(id, used, now), () => 'a grant in flight cannot be settled')
    check(!core.settle(id, used, now), () => 'a grant is settled twice')
    taken[flight.lane] = (taken[flight.lane] ?? 0) - 1
    books.inFlight -= flight.amount
    books.settled += Math.min(used, flight.amount)
    books.refunded += Math.max(0, flight.amount - used)
    books.overrun += Math.max(0, used - flight.amount)
    const isGone = flight.life !== flight.actor.life
    if (!strict) charge(isGone ? null : flight.actor.index, flight.viaTail, used - flight.amount)
    const { totals } = core.common(now)
    const off = Math.abs(totals.reserved - totals.settled - totals.refunded - books.inFlight)
    check(
      near(off / (1 + totals.reserved)),
      () => `reserved is not settled + refunded + in flight: ${off} off`,
    )
    check(near(Math.abs(totals.overrun - books.overrun) / (1 + books.overrun)), () => 'an overrun is lost')
  }

  // ——— what changes meanwhile ———

  const position = (actor: Actor): PositionInput => ({
    id: taskId(actor.index + 1),
    urgent: part() < 0.2,
    urgentAt: part() < 0.5 ? Math.floor(now) : null,
    startedAt: Math.floor(now * part()),
  })

  function enter(actor: Actor): void {
    if (actor === untracked) return
    actor.own = !world.foreign || part() < 0.6
    actor.row = position(actor)
    core.enter(actor.row, actor.own, now)
  }

  function leave(actor: Actor): void {
    if (actor.row === null) return
    const refused = core.leave(actor.row.id, now)
    check(
      refused.join() === actor.line.map(({ id }) => id).join(),
      () => 'who leaves takes other wishes along than wait',
    )
    Object.assign(actor, { row: null, own: false, line: [], life: actor.life + 1 })
  }

  function move(actor: Actor): void {
    if (actor.row === null) return
    const before = remembered()
    actor.row = position(actor)
    core.move(actor.row, now)
    check(remembered() === before, () => 'a move changed the past')
  }

  /** All that has happened and no move may touch. */
  const remembered = (): string => {
    const { tokens, waiting, inFlight, totals } = core.common(now)
    const at = world.foreign ? null : tokens?.toFixed(6)
    return JSON.stringify([at, waiting, inFlight, totals, core.views(now, 0).map((view) => view.reserved)])
  }

  function changeRules(): void {
    rules = {
      ...rules,
      baseRate: world.baseRate * (0.5 + part()),
      depth: part() < 0.3 ? dice.integer(9) : rules.depth,
    }
    core.setRules(rules, now)
  }

  /** All in flight and waiting is lost, and charged as estimated; balances are as they were saved. */
  function crash(): void {
    const saved = core.save(now)
    core = create(rules, now)
    core.restore(saved, now)
    openLanes()
    for (const actor of actors) {
      if (actor.row !== null) core.enter(actor.row, actor.own, now)
      Object.assign(actor, { line: [], life: actor.life + 1 })
    }
    core.forgetAbsent()
    flights.clear()
    taken.fill(0)
    Object.assign(books, { reserved: 0, settled: 0, refunded: 0, overrun: 0, inFlight: 0 })
    const after = core.save(now).common
    const isKept = near(Math.abs((after ?? 0) - (saved.common ?? 0)))
    check(isKept, () => `a crash made ${saved.common} units ${after}`)
  }

  function openLanes(): void {
    for (const [lane, count] of places.entries()) core.setLane(String(lane), count)
  }

  function pause(): void {
    const lane = dice.integer(places.length)
    places[lane] = places[lane] === 0 ? (world.places[lane] ?? 0) : 0
    openLanes()
  }

  function churn(): void {
    const actor = dice.pick(actors)
    const kind = dice.integer(world.crashes ? 12 : 11)
    if (kind < 6) move(actor)
    else if (kind < 8) leave(actor)
    else if (kind < 10) enterOrMove(actor)
    else if (kind === 10) changeRules()
    else crash()
    reorder()
  }

  const enterOrMove = (actor: Actor): void => (actor.row === null ? enter(actor) : move(actor))

  // ——— the run ———

  const everyNow = (meanMs: number, act: () => void): void => {
    agenda.add(soon(meanMs), () => {
      act()
      everyNow(meanMs, act)
    })
  }

  openLanes()
  for (const actor of actors) enter(actor)
  reorder()
  const askEveryMs = (60_000 * world.costMax) / (2 * world.baseRate)
  everyNow(world.churnMs, churn)
  if (world.pauses) everyNow(50 * askEveryMs, pause)
  if (!world.greedy) everyNow(5 * askEveryMs, () => askForMany(dice.pick(actors)))
  pump()
  while (happened < world.events) {
    happened += 1
    const next = Math.min(agenda.nextMs(), wakeAtMs ?? Infinity)
    tide.accrue(next - now, rate)
    now = next
    if (agenda.nextMs() <= now) agenda.act()
    pump()
  }
  return { events: happened, grants: granted, unfairness: fairness.worst() }
}
