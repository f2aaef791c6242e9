import type { Parsed } from '../../contract/inputs.ts'
import type { AcquiredView } from '../../contract/outputs.ts'
import { apiLimits } from '../../contract/routes.ts'
import { apiVersion } from '../../contract/views.ts'
import { duration } from '../../domain/duration-words.ts'
import { taskId, type TaskId } from '../../domain/ids.ts'
import type { AttemptKeys } from '../../ports/attempt-keys.ts'
import type { Capacity, CapacityAnswer, CapacityGrant, CapacityWish } from '../../ports/capacity.ts'
import type { Presence } from '../attempts/presence.ts'
import { shownAttempt, staleAttempt } from '../attempts/shown-attempt.ts'
import type { Caller } from '../caller.ts'
import type { Handlers } from '../handlers.ts'
import { Refusal } from '../refusal.ts'
import { settleWithinMs, type OpenGrants } from './open-grants.ts'

export interface CapacityServices {
  capacity: Capacity
  keys: AttemptKeys
}

type AcquireInput = Parsed<'acquireCapacity'>

/** The acquire API (spec §5), for workers that reach their LLM without the gateway: ask before the call, settle after it. */
export function createCapacityHandlers(
  { capacity, keys }: CapacityServices,
  presence: Presence,
  grants: OpenGrants,
): Pick<Handlers, 'acquireCapacity' | 'settleCapacity'> {
  let waiting = 0

  /** The task that is named, or whose attempt shows its key; both must then be the same. */
  async function holderOf({ task_id: named }: AcquireInput, caller: Caller): Promise<TaskId> {
    if (caller.bearer === null) {
      if (named === undefined) throw nobody()
      return taskId(named)
    }
    const attempt = await shownAttempt(keys, presence, caller)
    const { outcome, lease } = attempt
    if (outcome !== null) throw staleAttempt(attempt, isReason(outcome) ? outcome : 'recorded')
    if (named !== undefined && named !== lease.taskId) throw anotherTask(named, lease.taskId)
    return lease.taskId
  }

  async function acquire(input: AcquireInput, caller: Caller): Promise<AcquiredView> {
    const holder = await holderOf(input, caller)
    const wish = { holder, amount: input.amount, lane: null, maxWaitMs: input.wait_ms }
    const answer = await answerTo(capacity, wish, caller.gone)
    if (answer === null) throw hungUp()
    if (!answer.granted) return refusedView(holder, answer, input.wait_ms)
    // It left while the answer was under way.
    if (caller.gone.aborted) answer.grant.refund()
    else grants.keep(answer.grant)
    // Many settle late or never, and their calls go elsewhere: they hold no place that the gateway's requests need.
    answer.grant.release()
    return grantedView(holder, answer.grant)
  }

  return {
    async acquireCapacity(input, _, caller) {
      if (waiting >= apiLimits.waitingAcquires) throw tooMany(waiting)
      waiting += 1
      try {
        return await acquire(input, caller)
      } finally {
        waiting -= 1
      }
    },
    async settleCapacity({ grant, used }) {
      const came = grants.settle(grant, used)
      if (came === 'unknown') throw unknownGrant(grant)
      return { apiVersion, settled: true, repeated: came === 'repeated' }
    },
  }
}

/** The answer; null when the caller left before it came, and the wish with it. */
function answerTo(capacity: Capacity, wish: CapacityWish, gone: AbortSignal): Promise<CapacityAnswer | null> {
  if (gone.aborted) return Promise.resolve(null)
  return new Promise((resolve) => {
    const leave = () => {
      asked.cancel()
      resolve(null)
    }
    const asked = capacity.ask(wish, (answer) => {
      gone.removeEventListener('abort', leave)
      resolve(answer)
    })
    gone.addEventListener('abort', leave, { once: true })
  })
}

function grantedView(
  id: TaskId,
  { id: grant, amount, position, share, waitedMs }: CapacityGrant,
): AcquiredView {
  const capacityPct = 100 * share
  return {
    apiVersion,
    granted: true,
    grant,
    taskId: id,
    amount,
    position,
    capacityPct,
    waitedMs,
    settleWithinMs,
  }
}

function refusedView(
  id: TaskId,
  { reason, position, retryAfterMs }: Extract<CapacityAnswer, { granted: false }>,
  waitMs: number,
): AcquiredView {
  switch (reason) {
    case 'too_late': {
      const within = waitMs === 0 ? 'now' : `within ${duration(waitMs)}`
      const message = `There is no capacity for task ${id} ${within}; probably in ${duration(retryAfterMs)}`
      return { apiVersion, granted: false, taskId: id, reason, message, position, retryAfterMs }
    }
    case 'too_many': {
      const message = `As many requests as may wait for capacity do so already; ask again in ${duration(retryAfterMs)}`
      return { apiVersion, granted: false, taskId: id, reason, message, position, retryAfterMs }
    }
    case 'not_in_progress':
      throw new Refusal(
        409,
        'capacity.not_in_progress',
        `Task ${id} is not in progress on this node, so it has no capacity here`,
        `Claim it first, and ask the daemon of the node that claimed it. Where it stands: jrctl why ${id}`,
      )
    case 'stopping':
      throw new Refusal(503, 'capacity.stopping', 'The daemon is stopping', 'Ask its successor again.')
    default:
      return reason satisfies never
  }
}

function isReason(outcome: string): outcome is 'expired' | 'cancelled' | 'foreign' {
  return outcome === 'expired' || outcome === 'cancelled' || outcome === 'foreign'
}

function nobody(): Refusal {
  return new Refusal(
    400,
    'request.invalid',
    'task_id: found nothing, allowed the id of a task in progress',
    'Name the task, or show its attempt: Authorization: Bearer KEY',
  )
}

function anotherTask(named: number, shown: TaskId): Refusal {
  return new Refusal(
    400,
    'request.invalid',
    `task_id: found ${named}, allowed ${shown}, whose attempt key was shown`,
    'Leave task_id out where a key is shown.',
  )
}

function tooMany(waiting: number): Refusal {
  return new Refusal(
    503,
    'capacity.full',
    `${waiting} questions for capacity are waiting already`,
    'Ask again in a second.',
  )
}

function hungUp(): Refusal {
  return new Refusal(408, 'capacity.gone', 'The caller left before there was capacity')
}

function unknownGrant(grant: string): Refusal {
  return new Refusal(
    404,
    'capacity.grant_unknown',
    `No grant ${grant} is open: it was settled long ago, or a daemon gave it that has ended since`,
    'There is nothing left to do: what is not settled counts as having cost its amount.',
  )
}
