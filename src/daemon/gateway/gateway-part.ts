import type { Policy, Secret, UpstreamPolicy } from '../../config/policy.ts'
import type { GatewayView } from '../../domain/gateway-view.ts'
import { createGateway, type GatewayDeps } from '../../gateway/gateway.ts'
import type { Capacity } from '../../ports/capacity.ts'
import type { Notice } from '../../ports/notifier.ts'
import type { StateStore } from '../../ports/state-store.ts'
import type { Upstream } from '../../ports/upstream.ts'
import type { PositionBoard } from '../position-board.ts'

/** How upstreams are come by: made over their adapters, with keys from wherever the policy says. */
export interface UpstreamSource {
  /** @throws UserError */
  keyOf(policy: UpstreamPolicy): Promise<Secret | null>
  open(policy: UpstreamPolicy, key: Secret | null): Promise<Upstream>
}

export interface GatewayPart {
  /** Where workers find it; null: there is none. */
  readonly url: string | null
  start(): Promise<void>
  /** Reads the upstreams' keys. @returns what puts the policy into force; @throws UserError, and nothing has changed */
  prepare(policy: Ruling): Promise<() => Promise<void>>
  noticed(notice: Notice): void
  /** What is with an upstream may finish within the grace, unless somebody hurries. Never rejects. */
  stop(graceMs: number, hurry: AbortSignal): Promise<void>
  /** Settles when a stop that has begun is over. */
  stopped(): Promise<void>
  /** Null: there is none. */
  view(): GatewayView | null
  complaints(): string[]
}

export interface GatewayPartDeps extends Pick<
  GatewayDeps,
  'keys' | 'listening' | 'held' | 'clock' | 'random' | 'logger'
> {
  policy: Ruling
  capacity: Capacity & { setLanes(lanes: readonly { name: string; places: number }[]): void }
  board: Pick<PositionBoard, 'subscribe'>
  store: Pick<StateStore, 'get' | 'put'>
  upstreams: UpstreamSource
}

/** What of the configuration is obeyed here. */
type Ruling = Pick<Policy, 'gateway' | 'capacity'>

interface Opened {
  policy: UpstreamPolicy
  upstream: Upstream
  /** By which it is recognised at a reload. */
  identity: string
}

const portKey = 'gateway.port'

/** The gateway as the daemon has it: its port is kept, its upstreams are opened, and it hears what becomes of tasks. */
export function createGatewayPart(deps: GatewayPartDeps): GatewayPart {
  const { capacity, board, store, upstreams } = deps
  const logger = deps.logger.child({ part: 'gateway' })
  let { unit } = deps.policy.capacity
  const gateway = createGateway({
    ...deps,
    policy: deps.policy.gateway,
    unit: () => unit,
    logger,
    keptPort: { get: () => portOf(store.get(portKey)), set: (port) => store.put(portKey, port) },
  })
  let opened: Opened[] = []
  let stopping: Promise<void> | undefined

  async function prepare({
    gateway: policy,
    capacity: { unit: nextUnit },
  }: Ruling): Promise<() => Promise<void>> {
    const wanted = policy.enabled ? policy.upstreams : []
    const keys = await Promise.all(wanted.map((upstream) => upstreams.keyOf(upstream)))
    return async () => {
      unit = nextUnit
      opened = await Promise.all(wanted.map((upstream, index) => sameOrNew(upstream, keys[index] ?? null)))
      capacity.setLanes(wanted.map(({ name, maxInFlight }) => ({ name, places: maxInFlight })))
      await gateway.apply(policy, opened)
    }
  }

  /** One that did not change keeps its connections. */
  async function sameOrNew(policy: UpstreamPolicy, key: Secret | null): Promise<Opened> {
    const identity = JSON.stringify([policy, key?.reveal()])
    const same = opened.find((one) => one.identity === identity)
    return same ?? { policy, identity, upstream: await upstreams.open(policy, key) }
  }

  return {
    get url() {
      return gateway.url
    },
    async start() {
      board.subscribe(() => gateway.book.doubt())
      const apply = await prepare(deps.policy)
      await apply()
    },
    prepare,
    noticed(notice) {
      if (notice.kind === 'ended') gateway.book.forget(notice.taskId)
      if (notice.kind === 'changed' || notice.kind === 'connected') gateway.book.doubt()
    },
    stop(graceMs, hurry) {
      const underWay = gateway.view()?.inFlight ?? 0
      if (stopping === undefined && underWay > 0)
        logger.info(
          { underWay },
          `Answers of the LLM under way: ${underWay}; they may finish within ${Math.ceil(graceMs / 1000)} s`,
        )
      stopping ??= gateway.stop(graceMs, hurry).then((cut) => {
        if (cut > 0) logger.warn({ cut }, `Answers of the LLM that were still under way, and are cut: ${cut}`)
      })
      return stopping
    },
    stopped: () => stopping ?? Promise.resolve(),
    view: () => gateway.view(),
    complaints: () => gateway.complaints(),
  }
}

function portOf(kept: unknown): number | null {
  return typeof kept === 'number' && Number.isInteger(kept) && kept > 0 && kept < 65_536 ? kept : null
}
