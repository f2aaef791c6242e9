import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { systemClock } from '../../../src/adapters/clock.ts'
import type { Holes } from '../../../src/adapters/logs/holes.ts'
import { createLogRotator } from '../../../src/adapters/logs/rotator.ts'
import { limits, logPlace, readAll } from './place.ts'

export interface LoadOptions {
  lines: number
  perSecond: number
  rotateSizeBytes: number
  compress: boolean
  /** Another way to free the front, for a control. */
  holes?: Holes
}

export interface LoadFigures {
  rotations: number
  linesPerSecond: number
  lost: number
  doubled: number
  /** Not in the order in which they were written, or no whole line. */
  misplaced: number
}

const lookMs = 5

/** Rotates a log while a real process writes to it, then counts its lines in all that is left. */
export async function rotateUnderLoad(options: LoadOptions): Promise<LoadFigures> {
  const place = await logPlace()
  const clock = systemClock()
  const rotator = createLogRotator({ clock, ...(options.holes ? { holes: options.holes } : {}) })
  const bounds = {
    ...limits,
    rotateSizeBytes: options.rotateSizeBytes,
    keep: 100_000,
    compress: options.compress,
  }
  const args = [place.path, String(options.lines), String(options.perSecond)]
  const writer = spawn(process.execPath, [join(import.meta.dirname, 'numbered-writer.ts'), ...args])
  let rotations = 0
  const writing = { on: true }
  const startedMs = clock.monotonicMs()
  const ended = once(writer, 'exit').then(() => {
    writing.on = false
    return clock.monotonicMs() - startedMs
  })
  try {
    while (writing.on) {
      rotations += await rotator.rotate(place.path, bounds).then(
        ({ cutOff }) => cutOff.length,
        (error: unknown) => {
          if (options.holes === undefined) throw error
          return 0
        },
      )
      await clock.sleep(lookMs)
    }
    const linesPerSecond = options.lines / ((await ended) / 1000)
    return { rotations, linesPerSecond, ...countLines(await readAll(place.path), options.lines) }
  } finally {
    writer.kill('SIGKILL')
    await place.remove()
  }
}

function countLines(text: string, expected: number): Pick<LoadFigures, 'lost' | 'doubled' | 'misplaced'> {
  const seen = new Uint8Array(expected)
  let doubled = 0
  let misplaced = 0
  let last = -1
  for (const line of text.split('\n').slice(0, -1)) {
    const number = /^(\d+)\.*$/.exec(line)?.[1]
    if (number === undefined || line.length !== 99) {
      misplaced += 1
      continue
    }
    const at = Number(number)
    if (seen[at] === 1) doubled += 1
    seen[at] = 1
    if (at !== last + 1) misplaced += 1
    last = at
  }
  return { lost: expected - seen.reduce((sum, one) => sum + one, 0), doubled, misplaced }
}
