import { type FileHandle, open, stat } from 'node:fs/promises'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createHoles } from '../../../src/adapters/logs/holes.ts'
import { loadKernelCalls } from '../../../src/adapters/logs/kernel-calls.ts'
import { findLiveStart } from '../../../src/adapters/logs/live-start.ts'
import { lines, logPlace } from './place.ts'

let place: Awaited<ReturnType<typeof logPlace>>
let file: FileHandle
beforeEach(async () => {
  place = await logPlace()
  file = await open(place.path, 'a+')
})
afterEach(async () => {
  await file.close()
  await place.remove()
})

describe.each([
  ['by asking the kernel', loadKernelCalls()],
  ['by the blocks on disk', null],
])('where a log without parts begins, %s', (_, calls) => {
  const begin = async (): Promise<number> =>
    (await findLiveStart(file, (await stat(place.path)).size, place.folder, undefined, calls)).offset

  it('behind what was freed', async () => {
    await file.write(lines(40_000))
    await createHoles().punch(file, 0, 200_001)
    await file.sync()
    expect(await begin()).toBe(200_001)
  })

  it('at its first byte when that is a zero that was written', async () => {
    await file.write(`${'\0'.repeat(200_000)}${lines(40_000)}`)
    await file.sync()
    expect(await begin()).toBe(0)
  })

  it('at its end when all of it was freed', async () => {
    await file.write(lines(40_000))
    const { size } = await file.stat()
    await createHoles().punch(file, 0, size)
    await file.sync()
    expect(await begin()).toBe(size)
  })

  it('at its first byte when it is empty', async () => {
    expect(await begin()).toBe(0)
  })
})
