import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { systemClock } from '../../../src/adapters/clock.ts'
import { createLogReader } from '../../../src/adapters/logs/reader.ts'
import { createLogRotator } from '../../../src/adapters/logs/rotator.ts'
import { query, scratchWithDatabase } from './scratch.ts'

const limits = { rotateSizeBytes: 16_384, rotateAgeMs: null, keep: 100, compress: false }
const errors = 1500

test("the server's log is cut off while it writes there, without losing a line, and stays small on disk", async () => {
  const server = await scratchWithDatabase()
  const { url } = await server.start()
  const path = join(server.stateDir, 'postgres', 'postgres.log')
  const rotator = createLogRotator({ clock: systemClock() })
  const cut: string[] = []
  // It has logged an error before it answers with it.
  for (let from = 0; from < errors; from += 300) {
    await query(url.reveal(), failing(from, 300))
    cut.push(...(await rotator.rotate(path, limits)).cutOff)
  }
  expect(cut.length).toBeGreaterThan(1)
  const { size, blocks } = await stat(path)
  expect(size).toBeGreaterThan(8 * limits.rotateSizeBytes)
  expect(blocks * 512).toBeLessThan(size / 2)
  expect(await numbersIn(path)).toEqual(Array.from({ length: errors }, (_, index) => index))
})

/** One request that has the server log so many warnings of a hundred bytes and more. */
const failing = (from: number, count: number): string =>
  `do $$ begin for nth in ${from}..${from + count - 1} loop raise warning 'nth=% %', nth, repeat('x', 100); end loop; end $$`

async function numbersIn(path: string): Promise<number[]> {
  const numbers: number[] = []
  const reader = createLogReader(path, systemClock())
  for await (const items of reader.lines({ lines: null, sinceMs: null, follow: false }))
    for (const item of items)
      if (item.kind === 'line') {
        const match = /nth=(\d+)/.exec(item.bytes.toString())
        if (match !== null) numbers.push(Number(match[1]))
      }
  return numbers
}
