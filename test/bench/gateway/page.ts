import { type Figure, median } from '../figure.ts'
import { markdownTable, range } from '../queue/tables.ts'
import { scale } from '../scale.ts'
import type { Aborts } from './aborts.ts'
import type { Contender } from './contender.ts'
import type { Measured, Shown } from './rounds.ts'

export interface Found {
  measured: readonly Measured[]
  absent: readonly Contender[]
  /** KiB a stream. */
  stalled: ReadonlyMap<Contender, number>
  aborts: Aborts
}

/** Ratios are of one round each, so that a slow moment of the machine weighs on both sides; then their median. */
export function figuresOf({ measured, stalled, aborts }: Found): Figure[] {
  const direct = roundsOf(measured, 'direct')
  const bare = roundsOf(measured, 'bare Node proxy')
  const ours = roundsOf(measured, 'jrctl')
  const portkey = measured.find(({ contender }) => contender.name === 'Portkey')?.rounds
  const added = ratios(ours, bare, (shown, round) => shown.p50Ms[1] - (direct[round]?.p50Ms[1] ?? Number.NaN))
  const firstByte = ours.map(
    (shown, round) => shown.firstByteMs[1] - (direct[round]?.firstByteMs[1] ?? Number.NaN),
  )
  const kib = [...stalled].find(([{ name }]) => name === 'jrctl')?.[1] ?? Number.NaN
  return [
    ratioFigure('added p50 at 1 connection, against a bare Node proxy', added, '≤', 1.3),
    ratioFigure(
      'requests a second at 64 connections, against a bare Node proxy',
      ratios(ours, bare, ({ perSecond }) => perSecond[64]),
      '≥',
      0.8,
    ),
    ratioFigure(
      'p99 at 64 connections, against a bare Node proxy',
      ratios(ours, bare, ({ p99Ms }) => p99Ms[64]),
      '≤',
      1.3,
    ),
    ...(portkey === undefined
      ? []
      : [
          ratioFigure(
            'requests a second at 64 connections, against Portkey',
            ratios(ours, portkey, ({ perSecond }) => perSecond[64]),
            '≥',
            4,
          ),
        ]),
    {
      what: 'first byte of a stream at 1 connection, beyond direct, p50',
      measured: `${median(firstByte).toFixed(2)} ms`,
      target: '≤ 2 ms',
      met: median(firstByte) <= 2,
    },
    {
      what: `${scale.stalledStreams} streams whose readers have stalled, RSS each`,
      measured: `${kib.toFixed(1)} KiB`,
      target: '≤ 64 KiB',
      met: kib <= 64,
    },
    {
      what: `client gone → upstream's connection closed, ${aborts.count} aborts, p50 / p99 / slowest`,
      measured: [aborts.p50Ms, aborts.p99Ms, aborts.slowestMs].map((ms) => ms.toFixed(1)).join(' / ') + ' ms',
      target: 'p99 ≤ 50 ms',
      met: aborts.p99Ms <= 50,
    },
    {
      what: `places lost by these (as many hanging requests must still reach the upstream at once)`,
      measured: String(aborts.leaked),
      target: '0',
      met: aborts.leaked === 0,
    },
  ]
}

function roundsOf(measured: readonly Measured[], name: string): readonly Shown[] {
  const found = measured.find(({ contender }) => contender.name === name)
  if (found === undefined) throw new Error(`${name} was not measured`)
  return found.rounds
}

type Pick = (shown: Shown, round: number) => number

function ratios(ours: readonly Shown[], theirs: readonly Shown[], pick: Pick): number[] {
  return ours.map((shown, round) => {
    const other = theirs[round]
    return other === undefined ? Number.NaN : pick(shown, round) / pick(other, round)
  })
}

function ratioFigure(what: string, values: readonly number[], relation: '≤' | '≥', limit: number): Figure {
  const ratio = median(values)
  return {
    what,
    measured: `${ratio.toFixed(2)} × (${range(values, (value) => value.toFixed(2))})`,
    target: `${relation} ${limit} ×`,
    met: relation === '≤' ? ratio <= limit : ratio >= limit,
  }
}

export function detailsOf({ measured, absent, stalled }: Found): string {
  const rows = measured.map(({ contender, rounds }) => {
    const of = (pick: Pick, digits: number): string => median(rounds.map(pick)).toFixed(digits)
    const each = (pick: (shown: Shown) => Shown['p50Ms'], digits: number): string =>
      ([1, 16, 64] as const).map((connections) => of((shown) => pick(shown)[connections], digits)).join(' / ')
    return [
      contender.name,
      each(({ perSecond }) => perSecond, 0),
      each(({ p50Ms }) => p50Ms, 2),
      each(({ p99Ms }) => p99Ms, 1),
      each(({ firstByteMs }) => firstByteMs, 2),
      rounds.some(({ rssMib }) => rssMib !== null) ? of(({ rssMib }) => rssMib ?? 0, 0) : '',
    ]
  })
  const table = markdownTable(
    ['', 'requests/s at 1 / 16 / 64', 'p50 ms', 'p99 ms', 'first byte of a stream, p50 ms', 'RSS MiB'],
    rows,
  )
  const each = [...stalled].map(([{ name }, kib]) => `${name} ${kib.toFixed(1)} KiB`).join(', ')
  const missing = absent.map((one) => `\n\nNot measured: ${one.name}, ${one.missing()}.`).join('')
  return `Upstream, clients and contender on the same cores; medians of ${scale.rounds} rounds.\n\n${table}\n\nA stream whose reader has stalled: ${each}.${missing}`
}
