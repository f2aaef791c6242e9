import { statfs, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createLogRotator } from '../../../src/adapters/logs/rotator.ts'
import { messageOf } from '../../../src/errors.ts'
import { fakeClock } from '../../fakes/clock.ts'
import { lines, readAll } from './place.ts'

/**
 * Run on a small disk, mounted over the folder that is the argument: rotates when there is room, when there is none, when
 * the oldest part makes room, and tells what came of it.
 */
const [folder = ''] = process.argv.slice(2)
const path = join(folder, 'a_jr.log')
const rotator = createLogRotator({ clock: fakeClock() })
const log = lines(300_000)
const limits = { rotateSizeBytes: 1_000_000, rotateAgeMs: null, keep: 100, compress: false }
const results: string[] = []

async function rotate(keep = 100): Promise<void> {
  const outcome = await rotator.rotate(path, { ...limits, keep }).then(
    ({ cutOff, deleted }) => `cut off ${cutOff.length}, deleted ${deleted.length}`,
    (error: unknown) => messageOf(error).replaceAll(folder, ''),
  )
  results.push(outcome)
}

async function fillUpTo(freeBytes: number): Promise<void> {
  const { bavail, bsize } = await statfs(folder)
  await writeFile(join(folder, 'others'), Buffer.alloc(bavail * bsize - freeBytes))
}

await writeFile(path, log)
await fillUpTo(16 * 1024 ** 2 + 2_500_000)
await rotate()
const whole = (await readAll(path)) === log
await fillUpTo(0)
await writeFile(path, 'more '.repeat(300_000), { flag: 'a' })
await rotate()
await rotate(2)
process.stdout.write(JSON.stringify({ whole, results }))
