import type { AlertChannelPolicy } from '../../config/policy.ts'
import type { Alert, Transition } from '../../domain/alerts/alert.ts'
import {
  damp,
  dampedUntil,
  dampLater,
  forgotten,
  raisedKeys,
  type Damped,
} from '../../domain/alerts/damper.ts'
import { messageOfAlert } from '../../domain/alerts/message.ts'
import { delivered, dueInMs, failed, posted } from '../../domain/alerts/outbox.ts'
import { messageOf } from '../../errors.ts'
import type { AlertDelivery, AlertSender } from '../../ports/alerts.ts'
import type { Clock, Timer } from '../../ports/clock.ts'
import type { Logger } from '../../ports/logger.ts'
import type { Random } from '../../ports/random.ts'
import type { KeptChannel } from './kept-alerts.ts'

/** One receiver: it is told of what it wants to know, one alert after the other, each until it has it or is given up. */
export interface AlertChannel {
  readonly kept: KeptChannel
  start(): void
  take(transition: Transition): void
  /** Keys of troubles that it knows of. */
  raised(): string[]
  /** Another node tells of it from now on. */
  forget(key: string): void
  /** Why it cannot be told at present, in plain words; null: it can. */
  complaint(): string | null
  /** Nothing is tried any more; what is under way gets a moment. Idempotent. */
  stop(): Promise<void>
}

export interface AlertChannelDeps {
  policy: AlertChannelPolicy
  sender: AlertSender
  kept: KeptChannel
  nodeId: string
  /** What is kept has changed. */
  changed(): void
  /** So many alerts were given up. */
  lost(count: number): void
  clock: Clock
  random: Random
  logger: Logger
}

/** The wall clock may be set: nobody waits longer than this without looking at it. */
const longestWaitMs = 60_000
/** What a stop leaves to a try that is under way; what it does not bring out is sent by the next daemon. */
const lastTryMs = 2_000

export function createAlertChannel(deps: AlertChannelDeps): AlertChannel {
  const { policy, sender, clock, logger } = deps
  const topics = new Set(policy.topics)
  const ending = new AbortController()
  let { damper, outbox } = deps.kept
  let timer: Timer | undefined
  let sending: Promise<void> | undefined
  let isActive = false

  function take(transition: Transition): void {
    if (transition.topics.some((topic) => topics.has(topic)))
      post(damp(damper, transition, clock.wallMs(), policy.minIntervalMs))
  }

  function post({ damper: next, alerts }: Damped): void {
    damper = next
    const before = outbox.lost
    outbox = posted(outbox, alerts)
    if (outbox.lost > before) deps.lost(outbox.lost - before)
    deps.changed()
    go()
  }

  /** Sends what is due, or waits until something is. */
  function go(): void {
    if (!isActive) return
    timer?.cancel()
    timer = undefined
    const nowMs = clock.wallMs()
    const [alert] = outbox.waiting
    const sendInMs = dueInMs(outbox, nowMs)
    if (sending === undefined && alert !== undefined && sendInMs === 0) sending = send(alert).finally(sent)
    const heldUntil = dampedUntil(damper)
    const waits = [sending === undefined ? sendInMs : null, heldUntil === null ? null : heldUntil - nowMs]
    const waitMs = Math.min(...waits.filter((one) => one !== null), longestWaitMs)
    if (waits.some((one) => one !== null)) timer = clock.after(waitMs, look, { background: true })
  }

  function look(): void {
    const heldUntil = dampedUntil(damper)
    if (heldUntil !== null && heldUntil <= clock.wallMs())
      post(dampLater(damper, clock.wallMs(), policy.minIntervalMs))
    else go()
  }

  async function send(alert: Alert): Promise<void> {
    const { lost } = outbox
    const message = messageOfAlert(alert, { node: deps.nodeId, lost, test: false })
    settle(alert, lost, await sender.send(message, ending.signal).catch(unforeseen))
  }

  /** A sender that breaks its promise not to throw breaks nothing else. */
  function unforeseen(error: unknown): AlertDelivery {
    return { kind: 'failed', reason: messageOf(error), isRefused: false }
  }

  function sent(): void {
    sending = undefined
    go()
  }

  function settle(alert: Alert, lostTold: number, delivery: AlertDelivery): void {
    const before = outbox
    if (delivery.kind === 'delivered') {
      outbox = delivered(outbox, alert, lostTold)
      if (before.problem !== null) logger.info({ channel: policy.name }, `alerts reach ${policy.name} again`)
    } else if (!ending.signal.aborted) {
      const { reason: problem, isRefused } = delivery
      outbox = failed(outbox, { problem, isRefused, nowMs: clock.wallMs(), unit: deps.random.unit() })
      // The first of a row is worth a line; the rest would only bury it.
      const level = before.problem === null ? 'warn' : 'debug'
      logger[level](
        { channel: policy.name, alert: alert.id },
        `an alert did not reach ${policy.name}: ${problem}`,
      )
      if (outbox.lost > before.lost) deps.lost(outbox.lost - before.lost)
    }
    deps.changed()
  }

  return {
    get kept() {
      return { damper, outbox }
    },
    start() {
      isActive = true
      go()
    },
    take,
    raised: () => raisedKeys(damper),
    forget(key) {
      damper = forgotten(damper, key)
    },
    complaint() {
      const { problem, waiting } = outbox
      return problem === null
        ? null
        : `alerts do not reach ${policy.name} (${waiting.length} wait): ${problem}`
    },
    async stop() {
      isActive = false
      timer?.cancel()
      timer = undefined
      if (sending === undefined) return
      const last = clock.after(lastTryMs, () => ending.abort())
      await sending
      last.cancel()
    },
  }
}
