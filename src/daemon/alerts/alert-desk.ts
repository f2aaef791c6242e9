import type { AlertChannelPolicy } from '../../config/policy.ts'
import type { Transition } from '../../domain/alerts/alert.ts'
import { leadersKey, line, passingKeys } from '../../domain/alerts/transitions.ts'
import { messageOf } from '../../errors.ts'
import type { AlertSender } from '../../ports/alerts.ts'
import type { Clock, Timer } from '../../ports/clock.ts'
import type { Ledger } from '../../ports/ledger.ts'
import type { Logger } from '../../ports/logger.ts'
import type { Random } from '../../ports/random.ts'
import type { StateCondition, StateHealth } from '../../ports/state-health.ts'
import type { StateStore } from '../../ports/state-store.ts'
import { createAlertChannel, type AlertChannel } from './alert-channel.ts'
import { createLedgerReader } from './ledger-reader.ts'
import { keptDocument, keptKey, newChannel, readKept } from './kept-alerts.ts'

/** Tells people what they want to be told of, by the channels that are configured (spec §11). */
export interface AlertDesk {
  /** Catches up with what an earlier daemon wrote down and told nobody, then follows the ledger. */
  start(): void
  /** Other channels are configured now; what waits for those that stay is kept. */
  define(channels: readonly AlertChannelPolicy[]): void
  /** Channels that cannot be told, in plain words. */
  complaints(): string[]
  stop(): Promise<void>
}

export interface AlertDeskDeps {
  channels: readonly AlertChannelPolicy[]
  senderOf(channel: AlertChannelPolicy): AlertSender
  nodeId: string
  /** What all nodes see is told by the one that leads. */
  leads(): boolean
  ledger: Ledger
  health: StateHealth
  store: StateStore
  clock: Clock
  random: Random
  logger: Logger
}

/** What happens together is written down together. */
const saveAfterMs = 200

export function createAlertDesk(deps: AlertDeskDeps): AlertDesk {
  const { ledger, store, clock, nodeId } = deps
  const logger = deps.logger.child({ part: 'alerts' })
  const kept = readKept(store.get(keptKey))
  let channels = new Map<string, AlertChannel>()
  let saving: Timer | undefined
  let leave: (() => void)[] | undefined
  /** No channel was ever told anything by this daemon. */
  let isNew = true

  function open(policies: readonly AlertChannelPolicy[]): void {
    const before = channels
    channels = new Map(
      policies.map((policy) => {
        const state = before.get(policy.name)?.kept ?? kept.channels[policy.name] ?? newChannel()
        return [policy.name, channelOf(policy, state)]
      }),
    )
    // Of a channel that goes and comes back nothing is sent again.
    kept.channels = {}
  }

  function channelOf(policy: AlertChannelPolicy, state: AlertChannel['kept']): AlertChannel {
    return createAlertChannel({
      ...deps,
      logger,
      policy,
      sender: deps.senderOf(policy),
      kept: state,
      changed: saveSoon,
      lost: (count) => tellLost(policy.name, count),
    })
  }

  function tellLost(name: string, count: number): void {
    const message = `${count} alert${count === 1 ? '' : 's'} for ${name} could not be delivered and ${count === 1 ? 'is' : 'are'} lost`
    logger.error({ channel: name, count }, message)
    ledger.note({
      eventType: 'alert.lost',
      level: 'warn',
      actor: 'daemon',
      message,
      data: { channel: name, count },
    })
  }

  function tell(transition: Transition): void {
    for (const channel of channels.values()) channel.take(transition)
  }

  /** Of what a daemon's end clears: whatever is still so will be found, and told, again. */
  function clearPassing(): void {
    const keys = new Set([...channels.values()].flatMap((channel) => channel.raised()))
    for (const key of keys)
      if (passingKeys.some((prefix) => key.startsWith(prefix)))
        tell(overAt(key, 'over since the daemon was started anew'))
    tellDisk(deps.health.condition)
  }

  function overAt(key: string, summary: string): Transition {
    const at = clock.wallMs()
    return { ...aboutNode(key), change: 'cleared', severity: 'info', summary, at }
  }

  function aboutNode(key: string): Pick<Transition, 'id' | 'key' | 'topics'> {
    return { id: `${nodeId}:${key}:${clock.wallMs()}`, key, topics: [...new Set(topicsOf(key))] }
  }

  /** Not by the ledger, which waits for the disk as well. */
  function tellDisk(condition: StateCondition): void {
    const key = `disk:${nodeId}`
    if (condition.kind === 'sound') return tell(overAt(key, 'the local state takes writes again'))
    if (condition.kind === 'pinned') return
    const why = condition.kind === 'failed' ? condition.error.message : condition.reason
    const summary = line(`${why}; no new tasks are claimed on this node`)
    tell({ ...aboutNode(key), change: 'raised', severity: 'critical', summary, at: clock.wallMs() })
  }

  function saveSoon(): void {
    saving ??= clock.after(saveAfterMs, save, { background: true })
  }

  function save(): void {
    saving?.cancel()
    saving = undefined
    try {
      const state = [...channels].map(([name, channel]) => [name, channel.kept] as const)
      store.put(keptKey, keptDocument({ ...reader.place, channels: Object.fromEntries(state) }))
    } catch (error) {
      // They go out all the same; a daemon that ends before the disk has room tells some of them again.
      logger.debug({ error: messageOf(error) }, `cannot keep the alerts: ${messageOf(error)}`)
    }
  }

  function begin(): void {
    if (channels.size === 0 || leave !== undefined) return
    leave = [reader.follow(), deps.health.subscribe(tellDisk)]
    if (isNew) clearPassing()
    isNew = false
    for (const channel of channels.values()) channel.start()
  }

  async function end(): Promise<void> {
    for (const one of leave ?? []) one()
    leave = undefined
    await Promise.all([...channels.values()].map((channel) => channel.stop()))
    if (channels.size > 0) save()
  }

  const reader = createLedgerReader({
    ...deps,
    logger,
    from: kept,
    tell,
    tookOver() {
      for (const channel of channels.values()) channel.forget(leadersKey)
    },
    moved: saveSoon,
  })
  let changing: Promise<void> = Promise.resolve()
  let isStarted = false
  open(deps.channels)

  return {
    start() {
      isStarted = true
      begin()
    },
    define(policies) {
      changing = changing.then(async () => {
        await end()
        open(policies)
        if (isStarted) begin()
      })
    },
    complaints: () =>
      [...channels.values()].map((channel) => channel.complaint()).filter((one) => one !== null),
    async stop() {
      isStarted = false
      await changing
      await end()
    },
  }
}

function topicsOf(key: string): Transition['topics'] {
  if (key.startsWith('disk:')) return ['disk']
  if (key.startsWith('memory:')) return ['memory']
  return key.startsWith('shed:') ? ['worker', 'memory'] : ['database']
}
