import type { AlertMessage } from '../domain/alerts/message.ts'

/** One way out to those who want to be told. */
export interface AlertSender {
  /** One try, bounded by the channel's own timeout; aborting the signal ends it sooner. Never throws. */
  send(message: AlertMessage, signal: AbortSignal): Promise<AlertDelivery>
}

export type AlertDelivery =
  /** `by`: what took it, in a few words for people: `HTTP 200 from hooks.example.org`. */
  | { kind: 'delivered'; by: string }
  /** `isRefused`: the receiver says that the alert itself is wrong. No secrets in the reason. */
  | { kind: 'failed'; reason: string; isRefused: boolean }

/** A program that is given a text on its stdin. */
export interface AlertProgram {
  command: readonly [string, ...string[]]
  env: Record<string, string>
  stdin: string
  timeoutMs: number
}

/** How it ended, its whole tree with it. `tail`: the end of what it said. Never rejects. */
export type AlertProgramRunner = (program: AlertProgram, signal: AbortSignal) => Promise<AlertProgramEnd>

export type AlertProgramEnd =
  { kind: 'exited'; code: number; tail: string } | { kind: 'failed'; reason: string; tail: string }
