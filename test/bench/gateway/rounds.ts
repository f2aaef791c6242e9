import { median, percentile } from '../figure.ts'
import { scale } from '../scale.ts'
import { rssKib } from './child.ts'
import type { Contender, Standing } from './contender.ts'
import { load } from './load.ts'

/** Connections at the same time: one for what a request costs, many for how many there can be. */
export const connectionCounts = [1, 16, 64] as const
export type Connections = (typeof connectionCounts)[number]

/** What one contender showed in one round. */
export interface Shown {
  perSecond: Record<Connections, number>
  p50Ms: Record<Connections, number>
  p99Ms: Record<Connections, number>
  /** Until the first byte of a stream's body. */
  firstByteMs: Record<Connections, number>
  rssMib: number | null
}

export interface Measured {
  contender: Contender
  rounds: Shown[]
}

/** The contenders take turns in each round, another first each time; all stand at once, so that each is warm. */
export async function measureRounds(
  contenders: readonly Contender[],
  upstreamPort: number,
): Promise<Measured[]> {
  const stood: { measured: Measured; standing: Standing }[] = []
  try {
    for (const contender of contenders) {
      const standing = await contender.start(upstreamPort)
      stood.push({ measured: { contender, rounds: [] }, standing })
      await once(contender, standing, scale.gatewaySliceMs)
    }
    for (let round = 0; round < scale.rounds; round++) {
      for (const { measured, standing } of rotated(stood, round)) {
        const shown = await once(measured.contender, standing, scale.gatewaySliceMs)
        tell(`${round + 1}: ${measured.contender.name}: ${line(shown)}`)
        measured.rounds.push(shown)
      }
    }
  } finally {
    await Promise.all(stood.map(({ standing }) => standing.stop()))
  }
  return stood.map(({ measured }) => measured)
}

async function once({ rewrites }: Contender, { target, pid }: Standing, durationMs: number): Promise<Shown> {
  const shown: Shown = {
    perSecond: { 1: 0, 16: 0, 64: 0 },
    p50Ms: { 1: 0, 16: 0, 64: 0 },
    p99Ms: { 1: 0, 16: 0, 64: 0 },
    firstByteMs: { 1: 0, 16: 0, 64: 0 },
    rssMib: null,
  }
  for (const connections of connectionCounts) {
    const json = await load({ target, rewrites, model: 'json', connections, durationMs })
    shown.perSecond[connections] = json.perSecond
    shown.p50Ms[connections] = median(json.latenciesMs)
    shown.p99Ms[connections] = percentile(json.latenciesMs, 0.99)
    const stream = await load({ target, rewrites, model: 'stream', connections, durationMs: durationMs / 2 })
    shown.firstByteMs[connections] = median(stream.latenciesMs)
  }
  return { ...shown, rssMib: pid === null ? null : (await rssKib(pid)) / 1024 }
}

function line({ perSecond, p50Ms, p99Ms, firstByteMs }: Shown): string {
  return `${perSecond[64].toFixed(0)}/s at 64, p99 ${p99Ms[64].toFixed(1)} ms; p50 ${p50Ms[1].toFixed(3)} ms and first byte ${firstByteMs[1].toFixed(3)} ms at 1`
}

const rotated = <T>(items: readonly T[], by: number): T[] => [
  ...items.slice(by % items.length),
  ...items.slice(0, by % items.length),
]

export const tell = (text: string): void => void process.stderr.write(`  ${text}\n`)
