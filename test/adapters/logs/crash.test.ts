import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { appendFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { systemClock } from '../../../src/adapters/clock.ts'
import type { RotationPoint } from '../../../src/adapters/logs/cut-off.ts'
import { createLogRotator } from '../../../src/adapters/logs/rotator.ts'
import { limits, lines, logPlace, readAll } from './place.ts'

const doomed = join(import.meta.dirname, 'doomed-rotation.ts')

let place: Awaited<ReturnType<typeof logPlace>>
beforeEach(async () => {
  place = await logPlace()
})
afterEach(() => place.remove())

async function dieAt(point: RotationPoint, nth: number): Promise<void> {
  const child = spawn(process.execPath, [doomed, place.path, point, String(nth)], { stdio: 'ignore' })
  const [, signal] = await once(child, 'exit')
  expect(signal).toBe('SIGKILL')
}

const points: [RotationPoint, number][] = [
  ['copying', 1],
  ['copying', 2],
  ['copied', 1],
  ['copied', 2],
  ['named', 1],
  ['named', 2],
  ['punched', 1],
  ['punched', 2],
  ['compressing', 1],
  ['compressed', 1],
]

/** While the daemon is dead the worker writes on; the next daemon finds its work half done. */
describe.each(points)('a daemon killed when it was %s (%i)', (point, nth) => {
  it('loses no line and doubles none', async () => {
    await writeFile(place.path, lines(50_000))
    await dieAt(point, nth)
    expect(await readAll(place.path)).toBe(lines(50_000))
    await appendFile(place.path, lines(50_000, 50_000))
    expect(await readAll(place.path)).toBe(lines(100_000))
    const next = createLogRotator({ clock: systemClock() })
    await next.rotate(place.path, { ...limits, rotateSizeBytes: 100_000 })
    expect(await readAll(place.path)).toBe(lines(100_000))
    expect((await place.parts()).filter((name) => name.endsWith('.rotating'))).toEqual([])
  })
})
