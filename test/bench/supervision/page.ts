import { type Figure, median, percentile } from '../figure.ts'
import { markdownTable, milliseconds } from '../queue/tables.ts'
import { scale } from '../scale.ts'
import type { Contender } from './contender.ts'
import { type Found, type Size, sizes, watchMs } from './found.ts'

const crashes = ({ lives }: Found, size: Size): number[] => lives[size].flatMap(({ crashMs }) => crashMs)
const starts = ({ lives }: Found, size: Size): number[] => lives[size].map(({ startMs }) => startMs)
const stops = ({ lives }: Found, size: Size): number[] => lives[size].map(({ stop }) => stop.workersMs)
const ends = ({ lives }: Found, size: Size): number[] => lives[size].map(({ stop }) => stop.allMs)
const p95 = (values: readonly number[]): number => percentile(values, 0.95)

/** What is promised, and what was found. */
export function figuresOf(found: readonly Found[]): Figure[] {
  const ours = found.find(({ contender }) => contender.name === 'jrctl')
  const named = (name: string): Found | undefined => found.find(({ contender }) => contender.name === name)
  if (ours === undefined) return []
  return [
    ...sizes.flatMap((size) => crashFigure(ours, named('runit'), size)),
    ...startFigure(ours, named('pm2')),
    atMost('stop of 200, until the last worker is gone', median(stops(ours, 200)), 1_000, 'ms'),
    ...memoryFigure(ours),
    atMost('CPU at rest with 50 workers, of one core', ours.rest.cpu * 100, 0.4, '%'),
    atMost('duplicates after kill -9 of the daemon with 50 workers', ours.relaunched.duplicates, 0, ''),
  ]
}

function crashFigure(ours: Found, runit: Found | undefined, size: Size): Figure[] {
  if (runit === undefined) return []
  const [own, peer] = [p95(crashes(ours, size)), p95(crashes(runit, size))]
  return [
    {
      what: `crash to new exec with ${size} workers, no backoff, p95`,
      measured: `${milliseconds(own)} ms, ${(own / peer).toFixed(1)} × runit's ${milliseconds(peer)} ms`,
      target: '≤ 2 × runit',
      met: own <= 2 * peer,
    },
  ]
}

function startFigure(ours: Found, pm2: Found | undefined): Figure[] {
  if (pm2 === undefined) return []
  const [own, peer] = [median(starts(ours, 200)), median(starts(pm2, 200))]
  return [
    {
      what: 'launch to the last of 200 workers started',
      measured: `${milliseconds(own)} ms, ${(own / peer).toFixed(2)} × pm2's ${milliseconds(peer)} ms`,
      target: '≤ 0.5 × pm2',
      met: own <= 0.5 * peer,
    },
  ]
}

function memoryFigure(ours: Found): Figure[] {
  const atRest = ours.rest200?.daemon.rssMiB
  if (atRest === undefined) return []
  return [
    {
      what: 'RSS of the daemon with 200 workers, shims and database apart, at rest',
      measured: `${atRest.toFixed(0)} MiB (${rss(ours, 200).toFixed(0)} a second after the launch)`,
      target: '≤ 100 MiB',
      met: atRest <= 100,
    },
  ]
}

function atMost(what: string, value: number, limit: number, unit: string): Figure {
  const shown = unit === '%' ? value.toFixed(2) : value.toFixed(0)
  return {
    what,
    measured: `${shown} ${unit}`.trim(),
    target: `≤ ${limit} ${unit}`.trim(),
    met: value <= limit,
  }
}

const rss = ({ lives }: Found, size: Size): number =>
  median(lives[size].map(({ memory }) => memory.daemon.rssMiB))
const pss = ({ lives }: Found, size: Size): number =>
  median(lives[size].map(({ memory }) => memory.daemon.pssMiB + memory.others.pssMiB))
const pssOfOthers = ({ lives }: Found, size: Size): number =>
  median(lives[size].map(({ memory }) => memory.others.pssMiB))

/** All contenders side by side. */
export function detailsOf(found: readonly Found[], absent: readonly Contender[]): string {
  const head = ['', ...found.map(({ contender }) => contender.name)]
  const row = (what: string, show: (one: Found) => string): string[] => [what, ...found.map(show)]
  const both = (values: readonly number[]): string =>
    `${milliseconds(median(values))} / ${milliseconds(p95(values))}`
  const rows = [
    ...sizes.map((size) =>
      row(`SIGKILL to new exec, ${size} workers, p50 / p95 ms`, (one) => both(crashes(one, size))),
    ),
    row(
      `a worker that fails at once: starts in ${watchMs / 1000} s (in the last third)`,
      ({ loop }) => `${loop.starts} (${loop.late})`,
    ),
    ...sizes.map((size) =>
      row(`launch to last of ${size} started, ms`, (one) => milliseconds(median(starts(one, size)))),
    ),
    ...sizes.map((size) =>
      row(
        `shutdown of ${size}: last worker gone / supervisor gone, ms`,
        (one) => `${milliseconds(median(stops(one, size)))} / ${milliseconds(median(ends(one, size)))}`,
      ),
    ),
    row('memory (PSS) of the supervisor with 1 / 50 / 200 workers, MiB', (one) =>
      [one.one.pssMiB, pss(one, 50), pss(one, 200)].map(mebibytes).join(' / '),
    ),
    row('… of that, what it keeps a worker (shims, small supervisors), MiB', (one) =>
      [pssOfOthers(one, 50), pssOfOthers(one, 200)].map(mebibytes).join(' / '),
    ),
    row(`CPU at rest with 50 workers over ${scale.watchSeconds} s, s`, ({ rest }) =>
      ((rest.cpu * watchMs) / 1000).toFixed(3),
    ),
    row('status of 50 / 200 workers, ms', (one) =>
      sizes
        .map((size) => milliseconds(median(one.lives[size].flatMap(({ statusMs }) => statusMs))))
        .join(' / '),
    ),
    row('supervisor of 50 killed (-9) and launched again: workers that lived on', ({ relaunched }) =>
      String(relaunched.survivors),
    ),
    row('… duplicates', ({ relaunched }) => String(relaunched.duplicates)),
    row('… workers that a shutdown then leaves behind', ({ relaunched }) => String(relaunched.orphans)),
  ]
  const setUps = found.map(({ contender }) => `${contender.name}: ${contender.setUp}`).join('; ')
  const notes = [
    `${scale.fleetRounds} rounds, taking turns. The workers are a shell script that tells a pipe its pid and becomes \`sleep\`. ${setUps}.`,
    ...absent.map((one) => `Not measured: ${one.name} (${one.missing()}).`),
  ]
  return `${markdownTable(head, rows)}\n\n${notes.join('\n')}`
}

const mebibytes = (value: number): string => (value < 10 ? value.toFixed(1) : value.toFixed(0))
