import type { CapacityView, PositionView } from '../../contract/views.ts'
import type { CapacityCore, CommonView, HolderView } from '../../domain/capacity/core-types.ts'
import type { CapacityRules } from '../../domain/capacity/rules.ts'
import type { TaskId } from '../../domain/ids.ts'

/** What of a position's view is about capacity. */
export type ShareView = Required<
  Pick<
    PositionView,
    | 'capacityPct'
    | 'ratePerMinute'
    | 'tokens'
    | 'burst'
    | 'bucket'
    | 'lent'
    | 'waiting'
    | 'inFlight'
    | 'waitMs'
  >
>

/** In the order of `tasks`; undefined: it is not in progress. */
export function shareViewsOf(
  core: CapacityCore,
  tasks: readonly { id: TaskId }[],
  nowMs: number,
): (ShareView | undefined)[] {
  const common = core.common(nowMs)
  return tasks.map(({ id }) => {
    const view = core.view(id, nowMs)
    return view === undefined ? undefined : shareViewOf(view, common)
  })
}

function shareViewOf(view: HolderView, common: CommonView): ShareView {
  const { share, ratePerMinute, lentPerMinute: lent, waiting, inFlight, waitEstimateMs } = view
  return {
    capacityPct: 100 * share,
    ratePerMinute,
    ...bucketOf(view, common),
    lent,
    waiting,
    inFlight,
    waitMs: waitEstimateMs === null ? null : Math.ceil(waitEstimateMs),
  }
}

function bucketOf(view: HolderView, common: CommonView): Pick<ShareView, 'tokens' | 'burst' | 'bucket'> {
  if (!view.own) return { tokens: 0, burst: 0, bucket: 'elsewhere' }
  if (view.tokens !== null) return { tokens: view.tokens, burst: view.burst ?? 0, bucket: 'own' }
  return { tokens: common.tokens ?? 0, burst: common.burst ?? 0, bucket: 'common' }
}

export function capacityViewOf(
  core: CapacityCore,
  { mode, baseRate }: CapacityRules,
  nowMs: number,
): Omit<CapacityView, 'unit'> {
  const { ratePerMinute, tokens, burst, waiting, inFlight } = core.common(nowMs)
  const untracked = core.view('untracked', nowMs)
  return {
    mode,
    wholePerMinute: 2 * baseRate,
    ratePerMinute,
    common: tokens === null || burst === null ? null : { tokens, burst },
    waiting,
    inFlight,
    untracked: { waiting: untracked?.waiting ?? 0, inFlight: untracked?.inFlight ?? 0 },
  }
}
