import type { GatewayPolicy, UpstreamPolicy } from '../config/policy.ts'
import type { GatewayView } from '../domain/gateway-view.ts'
import { messageOf } from '../errors.ts'
import type { AttemptKeys } from '../ports/attempt-keys.ts'
import type { Capacity, CapacityGrant, CapacityWish } from '../ports/capacity.ts'
import type { Clock } from '../ports/clock.ts'
import type { Logger } from '../ports/logger.ts'
import type { Random } from '../ports/random.ts'
import type { Upstream } from '../ports/upstream.ts'
import { type Admission, admit } from './admit.ts'
import { answerJson } from './answer-json.ts'
import type { Exchange } from './exchange.ts'
import { createGatewayFigures } from './figures.ts'
import { type Ending, learnedOf } from './forward/ending.ts'
import { forward } from './forward/forward.ts'
import { requestHeaders } from './forward/request-headers.ts'
import { gatewayView } from './gateway-view.ts'
import { type AttemptBook, createAttemptBook } from './intake/attempt-book.ts'
import { createBodyRoom } from './intake/body-room.ts'
import type { DoorDeps } from './intake/door.ts'
import { type TakenIn, takeIn } from './intake/intake.ts'
import { GrantLabels, freeLabels } from './labels.ts'
import { createLife } from './life.ts'
import { mergedModels } from './merged-models.ts'
import { type Meter, createMeter } from './metering/meter.ts'
import { type GatewayRefusal, answerRefusal } from './refusals.ts'
import { upstreamPath } from './request/endpoint.ts'
import { scanLargeBody } from './request/body-fields.ts'
import type { ScannedMembers } from './request/json-members.ts'
import { createLearnedUse } from './request/learned-use.ts'
import { type Prepared, createPrepare } from './request/prepare.ts'
import { type CapacityUnit, settle } from './settle.ts'
import { type Route, createUpstreamSet } from './upstream-set.ts'
import { createWaitingRoom } from './waiting-room.ts'
import * as wording from './wording.ts'

export interface GatewayDeps extends Pick<DoorDeps, 'keptPort' | 'held'> {
  policy: GatewayPolicy
  capacity: Capacity
  /** What a unit of capacity stands for, now. */
  unit(): CapacityUnit
  keys: AttemptKeys
  /** False: nobody tells of changes of the queue. */
  listening(): boolean
  clock: Clock
  random: Random
  logger: Logger
}

/** The reverse proxy between workers and the LLM (spec §6). */
export interface Gateway {
  /** Where clients find it; null: it does not run, or has no port yet. */
  readonly url: string | null
  readonly book: Pick<AttemptBook, 'doubt' | 'forget'>
  /** Opens, changes or closes it as a policy says, without touching what is under way. */
  apply(
    policy: GatewayPolicy,
    upstreams: readonly { policy: UpstreamPolicy; upstream: Upstream }[],
  ): Promise<void>
  /**
   * Lets nobody in any more. What is with an upstream may finish within the grace, unless somebody hurries, and is cut then.
   * Answers how many were. Never rejects.
   */
  stop(graceMs: number, hurry?: AbortSignal): Promise<number>
  view(): GatewayView | null
  /** What goes on, but not as it should, in plain words. */
  complaints(): string[]
}

/** Bodies of all requests together: of a thousand that wait, half a megabyte each. */
const bodiesBytesMax = 512 * 1024 * 1024

/** Nothing listens until a policy is applied. */
export function createGateway(deps: GatewayDeps): Gateway {
  const { capacity, clock, logger } = deps
  const upstreams = createUpstreamSet(clock)
  const figures = createGatewayFigures(clock)
  const book = createAttemptBook(deps)
  const room = createBodyRoom(bodiesBytesMax)
  const learned = createLearnedUse()
  const prepare = createPrepare({
    learned,
    mayAskForUsage: ({ dialect }, model) => upstreams.find(dialect, model)?.policy.streamUsage !== 'leave',
  })
  const life = createLife({ ...deps, serve: serveSafely })
  let policy = deps.policy
  const waiting = createWaitingRoom()

  /** One request, from its head to its settlement. */
  async function serve(exchange: Exchange): Promise<void> {
    const taken = await takeIn(exchange, { book, room, policy: () => policy })
    if (taken.kind === 'gone') return
    if (taken.kind === 'front_page') return answerJson(exchange, wording.frontPage)
    if (taken.kind === 'refused') return refuse(exchange, taken.refusal)

    const prepared = prepare(taken.endpoint, taken.path, taken.body, await scanned(taken.body))
    if (!prepared.ok) return refuse(exchange, prepared)
    const { dialect } = taken.endpoint
    if (taken.endpoint.id === 'models' && upstreams.of(dialect).length > 1) return listModels(exchange, taken)
    const route = upstreams.find(dialect, prepared.model)
    if (route === null)
      return refuse(exchange, wording.modelUnknown(prepared.model, upstreams.models(dialect)))

    // A reload may change it in between; what was reserved in it is settled in it.
    const unit = deps.unit()
    const amount = unit === 'request' ? 1 : prepared.estimateTokens
    if (taken.endpoint.charged && !(await isAdmitted(exchange, taken, amount, route))) return
    const meter = createMeter(prepared)
    const ending = await forwarded(exchange, taken, { prepared, route, meter, unit })

    if (exchange.grant !== null) settle(exchange.grant, ending, meter, unit)
    count(prepared, route, meter)
  }

  /** Null: it is small, and scanned when it is prepared. */
  function scanned(body: Buffer | null): Promise<ScannedMembers> | null {
    return body === null ? null : scanLargeBody(body, () => clock.sleep(0))
  }

  /** Waits for the request's turn. False: it was refused, or its client is gone. */
  async function isAdmitted(
    exchange: Exchange,
    { tracked }: TakenIn,
    amount: number,
    route: Route,
  ): Promise<boolean> {
    const wish = {
      holder: tracked === null ? ('untracked' as const) : tracked.attempt.lease.taskId,
      amount,
      lane: route.policy.name,
      maxWaitMs: policy.maxWaitMs,
    }
    const askedMs = clock.monotonicMs()
    const admission = await turnOf(exchange, wish)
    if (admission === 'gone') return false
    if (admission.granted) return isTaken(exchange, admission.grant)
    const found = tracked !== null && isNotInProgress(admission) ? await book.recheck(tracked.key) : null
    const attempt = found?.kind === 'attempt' ? found.attempt : (tracked?.attempt ?? null)
    const ended = attempt !== null && attempt.outcome !== null ? wording.attemptEnded(attempt) : null
    refuse(exchange, {
      ...(ended ?? wording.capacityRefused(admission, attempt, policy)),
      waitedMs: clock.monotonicMs() - askedMs,
    })
    return false
  }

  async function turnOf(exchange: Exchange, wish: CapacityWish): Promise<Admission> {
    const { holder } = wish
    const isFull = waiting.isFull(holder, policy.maxWaiting)
    const turn = admit(capacity, isFull ? { ...wish, maxWaitMs: 0 } : wish, exchange.response, exchange)
    if (!(turn instanceof Promise)) return isFull ? turnedAway(turn) : turn
    waiting.enter(holder)
    try {
      return await turn
    } finally {
      waiting.leave(holder)
    }
  }

  function isTaken(exchange: Exchange, grant: CapacityGrant): boolean {
    exchange.grant = grant
    figures.waited(grant.waitedMs)
    return !exchange.response.destroyed
  }

  async function forwarded(
    exchange: Exchange,
    { endpoint, path }: TakenIn,
    { prepared, route, meter, unit }: { prepared: Prepared; route: Route; meter: Meter; unit: CapacityUnit },
  ): Promise<Ending> {
    const { grant, request, response } = exchange
    const { upstream } = route
    const free = !endpoint.charged
    const sentMs = clock.monotonicMs()
    upstreams.begin(route, free)
    let ending: Ending | null = null
    try {
      exchange.forwarding = forward({
        upstream,
        request: {
          method: endpoint.method,
          dialect: endpoint.dialect,
          path: upstreamPath(path),
          headers: requestHeaders(request.rawHeaders),
          free,
          body: prepared.body,
        },
        client: response,
        meter,
        labels:
          grant === null
            ? freeLabels(upstream.simulated)
            : new GrantLabels(grant, meter, unit, upstream.simulated),
        abandoned: policy.abandoned,
        refuse: (_, refusal) => refuse(exchange, refusal),
        clock,
      })
      ending = await exchange.forwarding.ended
      return ending
    } finally {
      exchange.forwarding = null
      upstreams.end(route, free, learnedOf(ending, upstream.name, clock.monotonicMs() - sentMs))
    }
  }

  function count(prepared: Prepared, route: Route, meter: Meter): void {
    const usage = meter.usage()
    if (usage === null) return
    route.tally.inputTokens += usage.inputTokens
    route.tally.outputTokens += usage.outputTokens
    if (usage.complete) learned.learn(prepared, usage)
  }

  async function listModels(exchange: Exchange, { endpoint, path }: TakenIn): Promise<void> {
    const { request } = exchange
    const asked = {
      method: 'GET' as const,
      dialect: endpoint.dialect,
      path: upstreamPath(path),
      headers: requestHeaders(request.rawHeaders),
      free: true,
      body: null,
    }
    const models = await mergedModels(upstreams, asked, exchange.response, clock)
    if (models === null) return refuse(exchange, wording.noList)
    answerJson(exchange, models.list, leftOutHeader(models.leftOut))
  }

  function refuse(exchange: Exchange, refusal: GatewayRefusal): void {
    exchange.refused = refusal.code
    answerRefusal(exchange.response, exchange.endpoint?.dialect ?? 'openai', {
      ...(exchange.grant === null
        ? {}
        : { waitedMs: exchange.grant.waitedMs, position: exchange.grant.position }),
      ...refusal,
    })
  }

  /** Whatever goes wrong, the client hears of it, what was reserved is free again, and the daemon goes on. */
  async function serveSafely(exchange: Exchange): Promise<void> {
    try {
      if (life.isStopping) refuse(exchange, wording.stopping)
      else await serve(exchange)
    } catch (error) {
      const stack = error instanceof Error ? error.stack : undefined
      logger.error({ error: messageOf(error), stack }, 'a request to the gateway failed')
      if (exchange.response.headersSent) exchange.response.destroy()
      else refuse(exchange, wording.internal)
    } finally {
      // What was settled already takes no notice.
      exchange.grant?.refund()
      room.giveBack(exchange.heldBytes)
      figures.ended(exchange)
    }
  }

  return {
    get url() {
      return life.url
    },
    book,
    async apply(next, routes) {
      policy = next
      upstreams.replace(next.enabled ? routes : [])
      await life.apply(next)
    },
    async stop(graceMs, hurry) {
      const cut = await life.stop(graceMs, hurry)
      await upstreams.close()
      return cut
    },
    view: () => (life.isOpen ? gatewayView(life.url, waiting.size, upstreams, figures) : null),
    complaints: () => [
      ...(life.complaint === null ? [] : [life.complaint]),
      ...upstreams.routes.flatMap((route) => upstreams.trouble(route) ?? upstreams.failing(route) ?? []),
    ],
  }
}

function leftOutHeader(names: readonly string[]): Record<string, string> {
  return names.length === 0 ? {} : { 'x-jrctl-left-out': names.join(', ') }
}

/** It had to be now or never because nobody more may wait. */
function turnedAway(turn: Admission): Admission {
  return turn !== 'gone' && !turn.granted && turn.reason === 'too_late'
    ? { ...turn, reason: 'too_many' }
    : turn
}

function isNotInProgress(admission: Admission): boolean {
  return admission !== 'gone' && !admission.granted && admission.reason === 'not_in_progress'
}
