import { messageOf } from '../../errors.ts'
import type { Clock } from '../../ports/clock.ts'

/** Something that a shutdown ends, by the name under which it is waited for. */
export interface Ending {
  name: string
  end(): Promise<unknown>
}

export interface Waiting {
  clock: Clock
  deadlineMs: number
  /** Aborted when somebody insists: then what is left gets a moment at most. */
  hurry: AbortSignal
  /** That moment; a second by default. */
  hurriedMs?: number
  /** Called every second with what is still being waited for. */
  report: (names: readonly string[], waitedMs: number, leftMs: number) => void
}

/** What is waited for is told so often. */
const reportEveryMs = 1_000
const hurriedMsDefault = 1_000

/**
 * Ends them all at the same time. Answers what went wrong: what failed, and what was not over at the deadline and is left
 * behind (nobody hears of it any more). Never rejects.
 */
export async function endAll(endings: readonly Ending[], waiting: Waiting): Promise<string[]> {
  const problems: string[] = []
  const open = new Set(endings)
  const over = Promise.all(
    endings.map(async (ending) => {
      try {
        await ending.end()
      } catch (error) {
        if (open.has(ending)) problems.push(`${ending.name}: ${messageOf(error)}`)
      }
      open.delete(ending)
    }),
  )
  const names = () => [...open].map(({ name }) => name)
  const startedMs = waiting.clock.monotonicMs()
  const isOver = await waitFor(over, {
    ...waiting,
    report: (_, ...times) => waiting.report(names(), ...times),
  })
  if (isOver) return problems
  const waitedMs = waiting.clock.monotonicMs() - startedMs
  const late = names().map((name) => `${name}: not over after ${(waitedMs / 1000).toFixed(0)} s, left behind`)
  open.clear()
  return [...problems, ...late]
}

/** Whether `over` (which never rejects) has settled within the deadline. */
export async function waitFor(over: Promise<unknown>, waiting: Waiting): Promise<boolean> {
  const { clock, hurry, report } = waiting
  const done = new AbortController()
  void over.then(() => done.abort())
  const startedMs = clock.monotonicMs()
  let endMs = startedMs + waiting.deadlineMs
  let isHurried = false
  for (;;) {
    const nowMs = clock.monotonicMs()
    if (hurry.aborted && !isHurried) {
      isHurried = true
      endMs = Math.min(endMs, nowMs + (waiting.hurriedMs ?? hurriedMsDefault))
    }
    if (nowMs >= endMs) return false
    const awake = isHurried ? done.signal : AbortSignal.any([done.signal, hurry])
    await clock.sleep(Math.min(reportEveryMs, endMs - nowMs), awake).catch(() => {})
    if (done.signal.aborted) return true
    const laterMs = clock.monotonicMs()
    if (laterMs < endMs && laterMs > nowMs) report([], laterMs - startedMs, endMs - laterMs)
  }
}
