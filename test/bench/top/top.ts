import { type Figure, type Measured, median, percentile } from '../figure.ts'
import { startServer } from '../queue/server.ts'
import { markdownTable } from '../queue/tables.ts'
import { firstPaints } from './first-paint.ts'
import { type BusyFleet, startBusyFleet, tasks, workers } from './fleet.ts'
import { size } from './pty.ts'
import { stillness } from './stillness.ts'
import { type WatchedFleet, watchFleet } from './watched.ts'

const target = { cpuPercent: 4, rssMiB: 130, frameBytes: 1024, keyMs: 50, paintMs: 500 }

/** `jrctl top` in a terminal of 200 × 50 over a fleet at the size that it is promised for. */
export async function top(): Promise<Measured> {
  const server = await startServer()
  let fleet: BusyFleet | undefined
  try {
    fleet = await startBusyFleet(server)
    const watched = await watchFleet(fleet)
    const paints = await firstPaints(fleet)
    const still = await stillness(fleet.place, await fleet.status())
    return { figures: figures(watched, paints, still), details: details(watched) }
  } finally {
    await fleet?.end()
    await server.stop()
  }
}

function figures(
  { screens, memory, keyMs }: WatchedFleet,
  paints: readonly number[],
  still: { bytes: number; asked: number },
): Figure[] {
  const fleet = `${tasks.all.toLocaleString('en-US')} tasks, ${workers} workers`
  const cpu = Math.max(...screens.map(({ cpuPercent }) => cpuPercent))
  const bytes = screens.flatMap(({ frames }) => frames)
  return [
    figure(`${fleet}: CPU of one core, the screen that takes most`, `${cpu.toFixed(1)} %`, cpu, {
      limit: target.cpuPercent,
      unit: '%',
    }),
    figure('resident memory after a minute', `${memory.rssMiB.toFixed(0)} MiB`, memory.rssMiB, {
      limit: target.rssMiB,
      unit: 'MiB',
    }),
    figure('bytes a frame, median', `${median(bytes)}`, median(bytes), {
      limit: target.frameBytes,
      unit: 'bytes',
    }),
    figure(`bytes written while nothing changes, asked ${still.asked} times`, `${still.bytes}`, still.bytes, {
      limit: 0,
      unit: 'bytes',
    }),
    figure(
      `key to paint, ${keyMs.length} keys, p50 / p99`,
      `${median(keyMs).toFixed(0)} / ${percentile(keyMs, 0.99).toFixed(0)} ms`,
      percentile(keyMs, 0.99),
      { limit: target.keyMs, unit: 'ms' },
    ),
    figure(
      'from its execution to the first paint, median',
      `${median(paints).toFixed(0)} ms`,
      median(paints),
      {
        limit: target.paintMs,
        unit: 'ms',
      },
    ),
  ]
}

function figure(
  what: string,
  measured: string,
  value: number,
  { limit, unit }: { limit: number; unit: string },
): Figure {
  return { what, measured, target: `≤ ${limit.toLocaleString('en-US')} ${unit}`, met: value <= limit }
}

function details({ screens, memory, daemonPercent }: WatchedFleet): string {
  const table = markdownTable(
    ['screen', 'seconds', 'CPU of one core', 'frames', 'bytes a frame, p50 / p95'],
    screens.map(({ screen, forMs, cpuPercent, frames }) => [
      screen,
      String(forMs / 1000),
      `${cpuPercent.toFixed(1)} %`,
      String(frames.length),
      `${median(frames)} / ${percentile(frames, 0.95)}`,
    ]),
  )
  return `${table}

In a terminal of ${size.columns} × ${size.rows}. The daemon and its PostgreSQL are real; the workers are \`sleep\`s, and plain SQL
moves ${tasks.atWork} tasks at work: each second twenty get on, one ends and another begins. Stillness is measured against an API that
always tells the same, for a fleet that lives has a memory that changes. The proportional memory is ${memory.pssMiB.toFixed(0)} MiB. The daemon
takes ${daemonPercent.alone.toFixed(1)} % of a core with nobody who watches, and ${daemonPercent.watched.toFixed(1)} % while it is watched.`
}
