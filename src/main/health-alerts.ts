import { systemRandom } from '../adapters/random.ts'
import type { HealthFacts } from '../cli/health/facts.ts'
import type { AlertTrialView } from '../cli/local-services.ts'
import type { AlertChannelPolicy, Policy } from '../config/policy.ts'
import { newChannel, type KeptChannel } from '../daemon/alerts/kept-alerts.ts'
import type { Transition } from '../domain/alerts/alert.ts'
import { damp, dampLater } from '../domain/alerts/damper.ts'
import { messageOfAlert } from '../domain/alerts/message.ts'
import { delivered, dueInMs, failed, posted } from '../domain/alerts/outbox.ts'
import type { AlertSender } from '../ports/alerts.ts'
import { alertSenders } from './alert-senders.ts'
import { transitionsOf } from '../cli/health/transitions.ts'
import { readMemory, writeMemory } from './health-alert-file.ts'
import { notedNodeId } from './node-id.ts'
import { note, type Origin } from './origin.ts'
import { version } from './version.ts'

/** Tells what only a health check can tell: that the daemon is dead, and what is wrong while it is. */
export async function tellFromCheck(
  facts: HealthFacts,
  { policy, timeoutMs }: { policy: Policy; timeoutMs: number },
  origin: Origin,
): Promise<string[]> {
  if (policy.alerts.length === 0) return []
  const { clock } = origin
  const untilMs = clock.monotonicMs() + timeoutMs
  const memory = await readMemory(policy.stateDir)
  const node = notedNodeId(policy.stateDir)
  const transitions = transitionsOf(facts, node, clock.wallMs())
  const senderOf = checkSenders(origin)
  const told = await Promise.all(
    policy.alerts.map(async (channel) => {
      const kept = memory.channels[channel.name] ?? newChannel()
      const state = { ...channel, timeoutMs: Math.min(channel.timeoutMs, timeoutMs) }
      return [
        channel.name,
        await tellChannel(state, { node, sender: senderOf(state), kept, transitions, untilMs }, origin),
      ] as const
    }),
  )
  const problem = await keep(policy.stateDir, memory, Object.fromEntries(told))
  const problems = told.flatMap(([name, { outbox }]) =>
    outbox.problem === null ? [] : [`alerts do not reach ${name}: ${outbox.problem}`],
  )
  return problem === null ? problems : [...problems, `what was told cannot be kept: ${problem}`]
}

/** Nothing is written where nothing has changed: of a fleet that is well there is no such file. */
async function keep(
  stateDir: string,
  before: Awaited<ReturnType<typeof readMemory>>,
  channels: { [name: string]: KeptChannel },
): Promise<string | null> {
  const isNew = Object.values(channels).some(
    ({ damper, outbox }) => Object.keys(damper).length + outbox.waiting.length > 0,
  )
  if (!isNew && Object.keys(before.channels).length === 0) return null
  return await writeMemory(stateDir, { channels })
}

interface Telling {
  node: string
  sender: AlertSender
  kept: KeptChannel
  transitions: readonly Transition[]
  untilMs: number
}

/** Sends what this check found and what earlier ones could not, one after the other, while there is time. */
async function tellChannel(
  channel: AlertChannelPolicy,
  { node, sender, kept, transitions, untilMs }: Telling,
  { clock }: Origin,
): Promise<KeptChannel> {
  const late = new AbortController()
  let { damper, outbox } = kept
  for (const transition of transitions) {
    if (!transition.topics.some((topic) => channel.topics.includes(topic))) continue
    const step = damp(damper, transition, clock.wallMs(), channel.minIntervalMs)
    ;({ damper } = step)
    outbox = posted(outbox, step.alerts)
  }
  const later = dampLater(damper, clock.wallMs(), channel.minIntervalMs)
  outbox = posted(outbox, later.alerts)
  const timer = clock.after(Math.max(0, untilMs - clock.monotonicMs()), () => late.abort())
  for (let [alert] = outbox.waiting; alert !== undefined && !late.signal.aborted; [alert] = outbox.waiting) {
    if (dueInMs(outbox, clock.wallMs()) !== 0) break
    const { lost } = outbox
    const delivery = await sender.send(messageOfAlert(alert, { node, lost, test: false }), late.signal)
    if (delivery.kind === 'delivered') outbox = delivered(outbox, alert, lost)
    else {
      const { reason: problem, isRefused } = delivery
      outbox = failed(outbox, { problem, isRefused, nowMs: clock.wallMs(), unit: 0 })
    }
  }
  timer.cancel()
  return { damper: later.damper, outbox }
}

/** Sends a test to every channel, as this command's environment has it; nothing is kept of it. */
export async function tryAlerts(
  policy: Policy,
  timeoutMs: number,
  origin: Origin,
): Promise<AlertTrialView[]> {
  const { clock } = origin
  const [node, at] = [notedNodeId(policy.stateDir), clock.wallMs()]
  const senderOf = checkSenders(origin)
  const late = new AbortController()
  const timer = clock.after(timeoutMs, () => late.abort())
  const trials = await Promise.all(
    policy.alerts.map(async (channel): Promise<AlertTrialView> => {
      const summary = `a test of the alerts of ${channel.name}; nothing is wrong`
      const transition = {
        id: `${node}:test:${at}`,
        topics: channel.topics,
        key: 'test',
        change: 'told',
        summary,
      } as const
      const alert = { ...transition, severity: 'info', at, count: 1 } as const
      const delivery = await senderOf(channel).send(
        messageOfAlert(alert, { node, lost: 0, test: true }),
        late.signal,
      )
      return delivery.kind === 'delivered'
        ? { channel: channel.name, told: true, how: delivery.by }
        : { channel: channel.name, told: false, how: delivery.reason }
    }),
  )
  timer.cancel()
  return trials
}

function checkSenders(origin: Origin): ReturnType<typeof alertSenders> {
  return alertSenders({
    env: origin.process.env,
    clock: origin.clock,
    random: systemRandom(),
    version,
    // Nobody's log but the caller's, whom cron sends what a command says there.
    spoken: { where: 'stderr', say: ({ text }) => note(origin, text) },
  })
}
