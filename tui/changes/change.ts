import type { ApiClient } from '../../src/client/client.ts'
import type { AppState, Step } from '../state.ts'
import { step, told } from '../state.ts'
import type { CancelChange } from './cancel.ts'
import type { LettersChange } from './letters.ts'
import type { RetryChange } from './retry.ts'
import type { ScheduleChange } from './schedule.ts'
import type { PassChange } from './run-once.ts'
import type { SwitchChange } from './switch.ts'
import type { UrgentChange } from './urgent.ts'
import type { WorkerChange } from './worker.ts'

/** What a key can change in the fleet, by kind. Each has a file of its own: its question, its call, its sentence, its undo. */
export interface Changes {
  urgent: UrgentChange
  worker: WorkerChange
  cancel: CancelChange
  retry: RetryChange
  schedule: ScheduleChange
  replay: LettersChange
  purge: LettersChange
  /** The autonomous cycle, on or off. */
  switch: SwitchChange
  /** One pass of it. */
  pass: PassChange
}

export type ChangeKind = keyof Changes
export type Change = { [Kind in ChangeKind]: { kind: Kind } & Changes[Kind] }[ChangeKind]

/** A change that waits for a yes. */
export interface Question {
  /** What would happen, in plain words. */
  preview: string
  /** The same in a shell. */
  command: string
  change: Change
  /** What must be typed for a yes where nothing brings back what is lost; without it `y` is enough. */
  word?: string
  /** So much of it has been typed. */
  typed?: string
  /** It takes something back that was done here: said before the preview. */
  isUndo?: true
  /** What of the preview a yes agrees to, in short, as it was shown last; missing as long as nothing was known of it. */
  essence?: string
  /** What would happen became something else while it was asked: since when (monotonic), and whether a yes has been held back. */
  turned?: { atMs: number; isHeld: boolean }
  /** What is told while it is done, where that takes its time. */
  doing?: string
}

/** What a change would do, as things stand. */
export interface Preview {
  text: string
  /** What of it matters to who says yes: as long as that is the same, only figures have moved. */
  essence: string
}

export interface Outcome {
  change: Change
  /** What came of it, in one sentence. */
  sentence: string
  /** What takes it back, for `z`; null: nothing does. */
  undo: Question | null
  /** It was so already. */
  isUnchanged?: true
}

/** What takes a change back, where there was one. */
export function undoIf(changed: boolean, undo: Question): Pick<Outcome, 'undo' | 'isUnchanged'> {
  return changed ? { undo } : unchanged
}

/** It was so already. */
export const unchanged = { undo: null, isUnchanged: true } as const

/** Two changes to one and the same thing, whatever they do to it. */
export function isSameThing(one: Change, other: Change): boolean {
  return one.kind === other.kind && one.id === other.id
}

export interface ChangeType<Kind extends ChangeKind> {
  do(
    client: Pick<ApiClient, 'call'>,
    change: Changes[Kind],
    signal: AbortSignal,
  ): Promise<Omit<Outcome, 'change'>>
  /**
   * What it would do now, where that follows from the state: asked for again at each change of the state, for a question must stay
   * true while it is read. A string: there is nothing left to be done, and why; null: nothing is known of it.
   */
  preview?(state: AppState, change: Changes[Kind]): Preview | string | null
}

/** Puts the question, unless nothing can be changed now. @param question a string says why not */
export function ask(state: AppState, question: Question | string): Step {
  const refusal = refusalOf(state) ?? (typeof question === 'string' ? question : null)
  if (refusal !== null || typeof question === 'string') return step(told(state, refusal ?? '', 'bad'))
  return step({ ...state, message: null, question })
}

function refusalOf({ readOnly, link, refusal }: AppState): string | null {
  if (readOnly) return 'This screen is read-only (--read-only).'
  if (link.kind === 'away') return 'The daemon is away; nothing can be changed now.'
  return refusal
}
