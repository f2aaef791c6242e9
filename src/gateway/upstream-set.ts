import type { UpstreamPolicy } from '../config/policy.ts'
import { matchesName } from '../domain/name-pattern.ts'
import type { Clock } from '../ports/clock.ts'
import type { Upstream, UpstreamFailure } from '../ports/upstream.ts'
import type { Dialect } from './request/endpoint.ts'

/** An upstream with what it may do and has done. One that is replaced lives on until its last answer is over. */
export interface Route {
  readonly policy: UpstreamPolicy
  readonly upstream: Upstream
  readonly tally: UpstreamTally
  /** Charged requests that are with it. */
  inFlight: number
  /** The others: lists of models, counts of tokens. */
  freeInFlight: number
  isRetired: boolean
}

/** Since the daemon's start, by name; a reload goes on counting. */
export interface UpstreamTally {
  requests: number
  /** Of these, those that it did not answer to the end. */
  failures: number
  inputTokens: number
  outputTokens: number
  /** Its last word, where that was that it cannot be reached. */
  unreachable: { message: string; atMs: number } | null
  /** Failures of any kind since it last answered, and the last of them. */
  failing: { inARow: number; message: string; atMs: number } | null
}

/** The upstreams in the order of the configuration: the first whose dialect and models fit gets a request. */
export interface UpstreamSet {
  /** @param model null: any will do */
  find(dialect: Dialect, model: string | null): Route | null
  of(dialect: Dialect): Route[]
  /** What a dialect's upstreams have, as configured. */
  models(dialect: Dialect): string[]
  readonly routes: readonly Route[]
  /** Those that are in neither list any more are closed once nothing of theirs is under way. */
  replace(next: readonly { policy: UpstreamPolicy; upstream: Upstream }[]): void
  /** @param free it is not charged, and takes no place */
  begin(route: Route, free: boolean): void
  /** Why it cannot be reached, in plain words, as far as that is fresh; null: nothing is known of that. */
  trouble(route: Route): string | null
  /** The same of one that can be reached, but answers nothing: it is silent, breaks off, or speaks no HTTP, again and again. */
  failing(route: Route): string | null
  /** @param how null: its client left before anything was heard of it, so that nothing was learned */
  end(route: Route, free: boolean, how: UpstreamFailure | 'answered' | null): void
  /** Closes all of them, with what is still under way. */
  close(): Promise<void>
}

/** Names of models come from clients: so many answers are remembered. */
const rememberedMax = 1_000
/** In a message; more would not make it clearer. */
const modelsNamed = 20

/** Who was away so long ago, and was not asked since, may long be back. */
const troubleFreshMs = 5 * 60_000
/** One failure is an accident, of which its client was told; so many in a row are a state. */
const failingFrom = 3

export function createUpstreamSet(clock: Pick<Clock, 'monotonicMs'>): UpstreamSet {
  const remembered = new Map<string, Route>()
  const retired = new Set<Route>()
  const tallies = new Map<string, UpstreamTally>()
  let routes: Route[] = []
  const closings = new Set<Promise<void>>()

  function routeOf(policy: UpstreamPolicy, upstream: Upstream): Route {
    const kept = routes.find((route) => route.upstream === upstream && route.policy === policy)
    if (kept !== undefined) return kept
    const tally = tallies.get(policy.name) ?? newTally()
    tallies.set(policy.name, tally)
    return { policy, upstream, tally, inFlight: 0, freeInFlight: 0, isRetired: false }
  }

  function isFresh({ atMs }: { atMs: number }): boolean {
    return clock.monotonicMs() - atMs < troubleFreshMs
  }

  function learn(tally: UpstreamTally, how: UpstreamFailure | 'answered'): void {
    const failure = how === 'answered' ? null : how
    if (failure !== null) tally.failures += 1
    const isAway = failure?.kind === 'unreachable'
    const atMs = clock.monotonicMs()
    tally.unreachable = isAway ? { message: failure.message, atMs } : null
    tally.failing =
      failure === null ? null : { inARow: (tally.failing?.inARow ?? 0) + 1, message: failure.message, atMs }
  }

  function close(route: Route): void {
    retired.delete(route)
    const closing = route.upstream.close().catch(() => {})
    closings.add(closing)
    void closing.then(() => closings.delete(closing))
  }

  return {
    find(dialect, model) {
      if (model === null) return routes.find((route) => speaks(route, dialect)) ?? null
      const key = `${dialect} ${model}`
      const known = remembered.get(key)
      if (known !== undefined) return known
      const found = routes.find((route) => speaks(route, dialect) && has(route, model))
      if (found === undefined) return null
      if (remembered.size >= rememberedMax) remembered.clear()
      remembered.set(key, found)
      return found
    },
    of: (dialect) => routes.filter((route) => speaks(route, dialect)),
    models(dialect) {
      const all = routes.filter((route) => speaks(route, dialect)).flatMap(({ policy }) => policy.models)
      const names = [...new Set(all)]
      const more = names.length - modelsNamed
      return more > 0 ? [...names.slice(0, modelsNamed), `and ${more} more`] : names
    },
    get routes() {
      return routes
    },
    replace(next) {
      const before = routes
      routes = next.map(({ policy, upstream }) => routeOf(policy, upstream))
      remembered.clear()
      for (const route of before) {
        if (routes.includes(route)) continue
        route.isRetired = true
        retired.add(route)
        if (isIdle(route)) close(route)
      }
      for (const name of tallies.keys()) {
        if (!routes.some(({ policy }) => policy.name === name)) tallies.delete(name)
      }
    },
    begin(route, free) {
      if (free) route.freeInFlight += 1
      else route.inFlight += 1
      route.tally.requests += 1
    },
    trouble({ tally: { unreachable } }) {
      return unreachable !== null && isFresh(unreachable) ? unreachable.message : null
    },
    failing({ tally: { unreachable, failing } }) {
      const isSo = unreachable === null && failing !== null && failing.inARow >= failingFrom
      return isSo && isFresh(failing)
        ? `${failing.message}; its last ${failing.inARow} requests all failed`
        : null
    },
    end(route, free, how) {
      if (free) route.freeInFlight -= 1
      else route.inFlight -= 1
      if (how !== null) learn(route.tally, how)
      if (route.isRetired && isIdle(route)) close(route)
    },
    async close() {
      for (const route of [...routes, ...retired]) close(route)
      routes = []
      remembered.clear()
      await Promise.all(closings)
    },
  }
}

function isIdle({ inFlight, freeInFlight }: Route): boolean {
  return inFlight + freeInFlight === 0
}

function speaks({ policy }: Route, dialect: Dialect): boolean {
  return policy.dialects.includes(dialect)
}

function has({ policy }: Route, model: string): boolean {
  return policy.models.some((pattern) => matchesName(pattern, model))
}

function newTally(): UpstreamTally {
  return { requests: 0, failures: 0, inputTokens: 0, outputTokens: 0, unreachable: null, failing: null }
}
