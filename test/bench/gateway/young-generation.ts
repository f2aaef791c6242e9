import { median } from '../figure.ts'
import { scale } from '../scale.ts'
import { markdownTable } from '../queue/tables.ts'
import { measureRounds, type Measured } from './rounds.ts'
import { jrctlContender, placesOfLoad } from './ours.ts'

/** MiB a half. bin/jrctl starts the daemon with the first. */
const sizes = [2, 4, 8, 16] as const

/** The daemon with young generations of several sizes, side by side: what a larger one is worth, and what it costs. */
export async function youngGenerations(upstreamPort: number): Promise<string> {
  const contenders = sizes.map((mib) =>
    jrctlContender({ inFlight: placesOfLoad, nodeArgs: [`--max-semi-space-size=${mib}`] }, `${mib} MiB`),
  )
  const measured = await measureRounds(contenders, upstreamPort)
  return `${scale.rounds} rounds of the daemon with V8 young generations of several sizes (\`--max-semi-space-size\`):\n\n${tableOf(measured)}`
}

function tableOf(measured: readonly Measured[]): string {
  return markdownTable(
    ['young generation', 'requests/s at 64', 'p50 / p99 ms at 64', 'p50 ms at 1', 'RSS MiB after it'],
    measured.map(({ contender, rounds }) => {
      const of = (pick: (shown: (typeof rounds)[number]) => number, digits: number): string =>
        median(rounds.map(pick)).toFixed(digits)
      return [
        contender.name,
        of(({ perSecond }) => perSecond[64], 0),
        `${of(({ p50Ms }) => p50Ms[64], 1)} / ${of(({ p99Ms }) => p99Ms[64], 1)}`,
        of(({ p50Ms }) => p50Ms[1], 3),
        of(({ rssMib }) => rssMib ?? 0, 0),
      ]
    }),
  )
}
