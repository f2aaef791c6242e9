import type { Clock } from '../../../ports/clock.ts'
import type { Random } from '../../../ports/random.ts'
import type { Upstream, UpstreamFailure } from '../../../ports/upstream.ts'
import { answerTo } from './answers.ts'
import { SimulatedCall } from './call.ts'
import { createModels } from './models.ts'
import { type Pace, usualPace } from './pace.ts'

export interface SimulatedUpstreamOptions {
  name: string
  /** Names, or patterns with `*`. */
  models: readonly string[]
  clock: Clock
  random: Random
  pace?: Partial<Pace>
}

/** Bytes of the random part of an id. */
const idBytes = 12

/**
 * An LLM API that is made up within this process, for demos and tests: no socket, no model. Its answers have the shapes, the
 * streams and the usage of the real ones, and say in header, model and text that they are simulated.
 */
export function createSimulatedUpstream({
  name,
  models: patterns,
  clock,
  random,
  ...options
}: SimulatedUpstreamOptions): Upstream {
  const pace = { ...usualPace, ...options.pace }
  const seconds = (): number => Math.floor(clock.wallMs() / 1000)
  const models = createModels(patterns, seconds())
  const underWay = new Set<SimulatedCall>()
  const id = (prefix: string): string => `${prefix}sim${random.hex(idBytes)}`

  return {
    name,
    simulated: true,
    send(request, sink) {
      const script = answerTo(request, { models, createdS: seconds(), id })
      const call = new SimulatedCall(script, sink, clock, pace, () => underWay.delete(call))
      underWay.add(call)
      call.start(pace.firstTokenMs * (0.75 + random.unit() / 2))
      return call
    },
    async close() {
      for (const call of underWay) call.fail(closed(name))
    },
  }
}

function closed(name: string): UpstreamFailure {
  const message = `upstream ${name} was closed here (a reload or a stop) before its answer was whole`
  return { kind: 'broken', message, sent: true }
}
