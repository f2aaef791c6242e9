import { channelKey } from '../../src/domain/channel.ts'
import { taskId, type TaskId } from '../../src/domain/ids.ts'
import { windowsActor, type ChannelClosure, type ChannelClosures } from '../../src/ports/channel-closures.ts'
import type { Clock } from '../../src/ports/clock.ts'
import type { OperatorQueue } from '../../src/ports/task-queue.ts'

export interface FakeChannelClosures extends ChannelClosures {
  /** What was declared last. */
  readonly declared: readonly ChannelClosure[]
  /** How often it was. */
  readonly declarations: number
  /** From now on nobody leads. */
  depose(): void
}

/** Closures in memory; putting off goes by the queue's own way. */
export function fakeChannelClosures(
  clock: Clock,
  queue: Pick<OperatorQueue, 'list' | 'set'>,
): FakeChannelClosures {
  let declared: readonly ChannelClosure[] = []
  let declarations = 0
  let leads = true
  return {
    get declared() {
      return declared
    },
    get declarations() {
      return declarations
    },
    depose: () => void (leads = false),
    now: async () => clock.wallMs(),
    async carryAlong(mandate, closures, limit) {
      if (!leads) return { led: false }
      const moved: TaskId[] = []
      const nowMs = clock.wallMs()
      for (const { channel, fromMs, untilMs } of declared) {
        const next = closures.find((own) => own.channel === channel && own.fromMs <= nowMs)
        if (fromMs > nowMs || untilMs <= nowMs || next?.untilMs === untilMs) continue
        for (const task of await queue.list({ statuses: ['scheduled'], channel, limit: 1_000 })) {
          if (task.scheduledAt !== untilMs || moved.length >= limit) continue
          await queue.set(task.id, { scheduledAt: next?.untilMs ?? null }, windowsActor(mandate.nodeId))
          moved.push(task.id)
        }
      }
      return { led: true, result: moved }
    },
    async declare(_, closures) {
      if (!leads) return { led: false }
      declared = [...closures]
      declarations += 1
      return { led: true, result: undefined }
    },
    async declareBeforeReign(closures) {
      declared = [
        ...closures.filter(({ channel }) => !declared.some((own) => own.channel === channel)),
        ...declared,
      ]
    },
    async putOff(mandate, limit) {
      if (!leads) return { led: false }
      const off: TaskId[] = []
      const nowMs = clock.wallMs()
      for (const { id, channel } of await queue.list({ statuses: ['pending', 'assigned'], limit: 1_000 })) {
        const closed = declared.find(
          ({ channel: own, fromMs, untilMs }) =>
            own === channelKey(channel ?? '') && fromMs <= nowMs && nowMs < untilMs,
        )
        if (closed === undefined || off.length >= limit) continue
        await queue.set(id, { scheduledAt: closed.untilMs }, windowsActor(mandate.nodeId))
        off.push(taskId(id))
      }
      return { led: true, result: off }
    },
  }
}
