import { channelKey } from '../channel.ts'
import type { WindowView } from '../cycle/windows.ts'
import { duration } from '../duration-words.ts'
import { blocks, tells, type Reason } from './reason.ts'
import type { TaskStanding, WhyFacts, WindowStanding } from './standing.ts'
import { shown } from './words.ts'

/** Where the window of a task's channel stands; null: it has no channel, or nobody gave its channel a window. */
export function windowStanding(
  { channel }: TaskStanding['task'],
  views: readonly WindowView[],
  nowMs: number,
): WindowStanding | null {
  const view = channel === null ? undefined : views.find((own) => own.channel === channelKey(channel))
  if (view === undefined) return null
  const until = (at: number | null) => (at === null ? null : at - nowMs)
  return { isOpen: view.isOpen, opensInMs: until(view.opensAt), closesInMs: until(view.closesAt) }
}

/** Of a task that waits for nothing but a worker. */
export function readyWindowReasons({ standing, window = null }: WhyFacts): Reason[] {
  const channel = shown(standing.task.channel ?? '')
  if (standing.closedForMs !== null) {
    const sentence = `The window of its channel ${channel} is closed for another ${duration(standing.closedForMs)}, and strict: until then no worker gets it.`
    return [blocks('window_closed', sentence, anotherChannel(standing))]
  }
  if (window === null) return []
  if (window.isOpen) {
    const left = window.closesInMs === null ? '' : ` for another ${duration(window.closesInMs)}`
    return [tells('window_open', `The window of its channel ${channel} is open${left}.`)]
  }
  const opens = window.opensInMs === null ? '' : ` and opens in ${duration(window.opensInMs)}`
  const sentence = `The window of its channel ${channel} is closed${opens}; it is not strict, and keeps no worker from the task.`
  return [tells('window_closed', sentence)]
}

/** Openings are whole minutes, and a leader's look takes its time. */
const sameMs = 60_000

/** Of a task that waits for its time, where that is the opening of its channel. */
export function timedWindowReasons({ standing, window = null }: WhyFacts): Reason[] {
  const { dueInMs, closedForMs, task } = standing
  if (dueInMs === null || dueInMs <= 0) return []
  const isThen = (inMs: number | null | undefined) =>
    typeof inMs === 'number' && Math.abs(inMs - dueInMs) < sameMs
  const opening = `That is when the window of its channel ${shown(task.channel ?? '')} opens`
  if (isThen(closedForMs)) {
    const sentence = `${opening}, which is strict: until then no worker gets it, whoever asks.`
    return [blocks('window_closed', sentence, anotherChannel(standing))]
  }
  return window !== null && !window.isOpen && isThen(window.opensInMs)
    ? [tells('window_closed', `${opening}.`)]
    : []
}

function anotherChannel({ task }: TaskStanding): string {
  return `Take it out of the channel with: jrctl tasks set ${task.id} --channel "" --at now`
}
