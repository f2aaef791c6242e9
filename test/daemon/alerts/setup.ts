import { alertTopics } from '../../../src/domain/alerts/alert.ts'
import type { AlertMessage } from '../../../src/domain/alerts/message.ts'
import type { AlertChannelPolicy } from '../../../src/config/policy.ts'
import type { AlertDelivery, AlertSender } from '../../../src/ports/alerts.ts'

export function channelPolicy(more: Partial<AlertChannelPolicy> = {}): AlertChannelPolicy {
  return {
    name: 'ops',
    way: { kind: 'log' },
    topics: [...alertTopics],
    minIntervalMs: 60_000,
    timeoutMs: 10_000,
    ...more,
  }
}

export interface FakeReceiver extends AlertSender {
  readonly messages: readonly AlertMessage[]
  /** What it answers from now on. */
  answers(delivery: AlertDelivery): void
  /** It answers nothing any more, until it is aborted. */
  hangs(): void
}

export const delivered: AlertDelivery = { kind: 'delivered', by: 'a fake' }
export const broken = {
  kind: 'failed',
  reason: 'HTTP 500',
  isRefused: false,
} as const satisfies AlertDelivery

/** Remembers what it was sent. */
export function fakeReceiver(): FakeReceiver {
  const messages: AlertMessage[] = []
  let answer: AlertDelivery | null = delivered
  return {
    messages,
    answers: (delivery) => void (answer = delivery),
    hangs: () => void (answer = null),
    async send(message, signal) {
      messages.push(message)
      if (answer !== null) return answer
      return await new Promise((resolve) => {
        signal.addEventListener('abort', () => resolve({ ...broken, reason: 'aborted' }), { once: true })
      })
    },
  }
}
