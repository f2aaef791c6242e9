import type { Measured } from '../figure.ts'
import { median } from '../figure.ts'
import { scale } from '../scale.ts'
import { fill, type Contender, type Mode } from './contender.ts'
import { jrctlContender } from './ours.ts'
import { loadPeers } from './peers.ts'
import { drain } from './run-jobs.ts'
import type { BenchServer } from './server.ts'
import { markdownTable, range, rate } from './tables.ts'

interface Rates {
  contender: Contender
  perSecond: number[]
}

/** No-op jobs from a full queue; a fresh database each time; the contenders take turns. */
export async function throughput(server: BenchServer): Promise<Measured> {
  const ours = (['installed', 'single', 'batched'] as const).map(jrctlContender)
  const results: Rates[] = [...ours, ...(await loadPeers())].map((contender) => ({
    contender,
    perSecond: [],
  }))
  for (let round = 0; round < scale.rounds; round += 1) {
    for (const { contender, perSecond } of results) {
      const measured = await oneRun(server, contender)
      process.stderr.write(`  ${contender.name} ${contender.mode}: ${rate(measured)}\n`)
      perSecond.push(measured)
    }
  }
  return {
    figures: [
      figure(results, 'single', 1.3, 'acknowledged one by one'),
      figure(results, 'batched', 1, 'acknowledged in batches'),
    ],
    details: markdownTable(
      ['queue', 'acknowledged', 'jobs/s, median', 'range'],
      results.map(({ contender, perSecond }) => [
        contender.name,
        acknowledged[contender.mode],
        rate(median(perSecond)),
        range(perSecond, rate),
      ]),
    ),
  }
}

const acknowledged: Record<Mode, string> = {
  installed: 'together where they come together',
  single: 'one by one',
  batched: 'in batches',
}

async function oneRun(server: BenchServer, contender: Contender): Promise<number> {
  const database = await server.database()
  try {
    await contender.prepare(database.url)
    await fill(contender, database.url, scale.jobs)
    await database.settle()
    const perSecond = await drain(contender, database, scale.jobs)
    await contender.verify?.(database, scale.jobs)
    return perSecond
  } finally {
    await database.drop()
  }
}

/** The ratio of each round, so that a slow moment of the machine weighs on both sides. */
function figure(results: readonly Rates[], mode: Mode, atLeast: number, how: string) {
  const inMode = results.filter(({ contender }) => contender.mode === mode)
  const ours = inMode.find(({ contender }) => contender.name === 'jrctl')
  const [best] = inMode
    .filter((result) => result !== ours)
    .toSorted((one, other) => median(other.perSecond) - median(one.perSecond))
  if (ours === undefined || best === undefined) throw new Error(`nobody to compare in mode ${mode}`)
  const ratios = ours.perSecond.map((value, round) => value / (best.perSecond[round] ?? Number.NaN))
  const ratio = median(ratios)
  return {
    what: `${scale.jobs} no-op tasks, ${how}, against the best peer (${best.contender.name})`,
    measured: `${ratio.toFixed(2)} × (${range(ratios, (value) => value.toFixed(2))})`,
    target: atLeast === 1 ? '> 1 ×' : `≥ ${atLeast} ×`,
    met: atLeast === 1 ? ratio > 1 : ratio >= atLeast,
  }
}
