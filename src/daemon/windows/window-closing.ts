import { closedSpans, type ClosedSpan } from '../../domain/cycle/closures.ts'
import { windowViews, type ChannelWindow } from '../../domain/cycle/windows.ts'
import type { TaskId } from '../../domain/ids.ts'
import type { ChannelClosures } from '../../ports/channel-closures.ts'
import type { Led } from '../../ports/cluster-duties.ts'
import type { Ledger } from '../../ports/ledger.ts'
import type { Mandate } from '../../ports/leadership.ts'
import type { Notice } from '../../ports/notifier.ts'
import { createLeaderDuty, type LeaderDutyDeps } from '../cluster/leader-duty.ts'
import type { Duty } from '../duty.ts'

export interface WindowClosingDeps extends LeaderDutyDeps {
  closures: ChannelClosures
  windows(): readonly ChannelWindow[]
  ledger: Ledger
}

export interface WindowClosing extends Duty {
  noticed(notice: Notice): void
}

/** The time of an opening or closing is known; this is for what nobody tells. */
const everyMs = 60_000
/** Tasks that come in a flood while their channel is closed are put off once a second. */
const minGapMs = 1_000
/** Tasks that one statement puts off; its locks are short. */
const batch = 500
/** And one pass so many statements; what is left is the next one's, at once. */
const batchesMax = 20

/**
 * Closes the channels of strict windows for all nodes: their spans are written ahead, so that a claim is refused by the database's
 * clock and not by ours, and what is ready meanwhile is put off to the opening, so that it lies in no claim's way.
 */
export function createWindowClosing(deps: WindowClosingDeps): WindowClosing {
  const { closures, leader, ledger } = deps
  const logger = deps.logger.child({ part: 'windows' })
  /** By channel, whether it was open at the last look. */
  let told = new Map<string, boolean>()
  let declared: { term: number; spans: string } | null = null
  let anyClosed = false
  /** Tasks that were put off since it was last told. */
  let untold = 0
  let toldPutOffMs = Number.NEGATIVE_INFINITY

  async function run(mandate: Mandate): Promise<number | undefined> {
    const strict = deps.windows().filter((window) => window.strict)
    const isEmpty = declared?.term === mandate.term && declared.spans === '[]'
    if (strict.length === 0 && isEmpty) return undefined
    const nowMs = await closures.now()
    const views = windowViews(strict, nowMs)
    anyClosed = views.some(({ isOpen }) => !isOpen)
    // What is left, of a backlog or a reign, is the next pass's.
    if (!(await declare(mandate, nowMs, closedSpans(views, nowMs)))) return 0
    tell(new Map(views.map(({ channel, isOpen }) => [channel, isOpen])))
    if (!anyClosed) untold = 0
    const isDone = anyClosed ? await putOff(mandate) : true
    const next = views.flatMap(({ opensAt, closesAt }) => [opensAt, closesAt].filter((at) => at !== null))
    return isDone ? Math.max(0, Math.min(everyMs, ...next.map((at) => at - nowMs))) : 0
  }

  /** Whether it is on record, and all are carried along. */
  async function declare(mandate: Mandate, nowMs: number, spans: readonly ClosedSpan[]): Promise<boolean> {
    // A span that has begun is the same one, however often it is looked at.
    const text = JSON.stringify(spans.map((span) => (span.fromMs > nowMs ? span : { ...span, fromMs: null })))
    if (declared?.term === mandate.term && declared.spans === text) return true
    if (!(await inBatches(mandate, () => closures.carryAlong(mandate, spans, batch)))) return false
    const done = await closures.declare(mandate, spans)
    if (!done.led) {
      leader.accepted(mandate, done)
      return false
    }
    declared = { term: mandate.term, spans: text }
    return true
  }

  async function putOff(mandate: Mandate): Promise<boolean> {
    const isDone = await inBatches(mandate, async () => {
      const off = await closures.putOff(mandate, batch)
      untold += off.led ? off.result.length : 0
      return off
    })
    tellPutOff()
    return isDone
  }

  /** At once, then once a minute however many come. */
  function tellPutOff(): void {
    const nowMs = deps.clock.monotonicMs()
    if (untold === 0 || nowMs - toldPutOffMs < everyMs) return
    const tasks = untold === 1 ? '1 task waits' : `${untold} tasks wait`
    logger.info({ tasks: untold }, `${tasks} for the windows of closed channels`)
    untold = 0
    toldPutOffMs = nowMs
  }

  /** Whether nothing is left to be done, and this node leads. */
  async function inBatches(mandate: Mandate, next: () => Promise<Led<TaskId[]>>): Promise<boolean> {
    for (let round = 0; round < batchesMax; round += 1) {
      const done = leader.accepted(mandate, await next())
      if (done === null || done.length < batch) return done !== null
    }
    return false
  }

  /** Windows that open and close; who has just begun to lead knows of no change. */
  function tell(now: Map<string, boolean>): void {
    for (const [channel, isOpen] of now) {
      const before = told.get(channel)
      if (before === undefined || before === isOpen) continue
      const message = isOpen
        ? `the window of ${channel} is open`
        : `the window of ${channel} is closed: its tasks wait until it opens`
      logger.info({ channel }, message)
      ledger.note({
        eventType: isOpen ? 'window.opened' : 'window.closed',
        level: 'info',
        actor: 'windows',
        message,
        data: { channel },
      })
    }
    told = now
  }

  const duty = createLeaderDuty(
    { name: 'closing strict windows', everyMs, minGapMs, run },
    { ...deps, logger },
  )
  return {
    ...duty,
    noticed(notice) {
      if (notice.kind === 'connected' || (notice.kind === 'work' && anyClosed)) duty.wake()
    },
  }
}
