import type { BusFrame } from '../ports/bus.ts'

/** What waits for one subscriber. */
export interface FrameQueueLimits {
  frames: number
  bytes: number
}

/** More is not handed over at once, so that a reader that stalls holds no more than that beside its queue. */
const batchBytes = 64 * 1024

/**
 * A bounded queue of what one subscriber has yet to read. When it is full the oldest messages go, and are counted: the
 * reader is told before it gets the next. Nothing else goes by itself: somebody waits for each request.
 */
export class FrameQueue {
  #frames: Queued[] = []
  #bytes = 0
  #missed = 0
  #dropped = 0

  get isEmpty(): boolean {
    return this.#frames.length === 0 && this.#missed === 0
  }

  /** All that were ever dropped. */
  get dropped(): number {
    return this.#dropped
  }

  /** Whether a request of this size still fits. */
  hasRoomFor(bytes: number, limits: FrameQueueLimits): boolean {
    return this.#frames.length < limits.frames && this.#bytes + bytes <= limits.bytes
  }

  /** `requestId`: it is this request. */
  push(frame: BusFrame, limits: FrameQueueLimits, requestId: string | null = null): void {
    const bytes = bytesOf(frame)
    this.#frames.push({ frame, bytes, requestId })
    this.#bytes += bytes
    while (this.#frames.length > limits.frames || this.#bytes > limits.bytes) {
      if (!this.#dropOldest()) return
    }
  }

  /** Takes a request back that was not read yet. False: it was. */
  withdraw(requestId: string): boolean {
    const index = this.#frames.findIndex((queued) => queued.requestId === requestId)
    const [taken] = index < 0 ? [] : this.#frames.splice(index, 1)
    if (taken === undefined) return false
    this.#bytes -= taken.bytes
    return true
  }

  /** The oldest, as many as go together; how many were missed before them comes first. */
  take(): BusFrame[] {
    const batch: BusFrame[] = this.#missed === 0 ? [] : [missedFrame(this.#missed)]
    this.#missed = 0
    let [count, bytes] = [0, 0]
    for (const queued of this.#frames) {
      if (count > 0 && bytes + queued.bytes > batchBytes) break
      bytes += queued.bytes
      count += 1
    }
    for (const { frame } of this.#frames.splice(0, count)) batch.push(frame)
    this.#bytes -= bytes
    return batch
  }

  clear(): void {
    this.#frames = []
    this.#bytes = 0
    this.#missed = 0
  }

  #dropOldest(): boolean {
    const index = this.#frames.findIndex(({ frame }) => frame.event === 'message')
    const [dropped] = index < 0 ? [] : this.#frames.splice(index, 1)
    if (dropped === undefined) return false
    this.#bytes -= dropped.bytes
    this.#missed += 1
    this.#dropped += 1
    return true
  }
}

interface Queued {
  frame: BusFrame
  bytes: number
  requestId: string | null
}

/** Of what goes over the wire around the JSON. */
const envelopeBytes = 32

function bytesOf({ json }: BusFrame): number {
  return Buffer.byteLength(json) + envelopeBytes
}

function missedFrame(count: number): BusFrame {
  return { event: 'missed', json: JSON.stringify({ count }) }
}
