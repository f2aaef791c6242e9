import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { createOwnMemory } from '../../src/adapters/own-memory.ts'

async function folder(): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'jrctl-heap-'))
  onTestFinished(() => rm(dir, { recursive: true, force: true }))
  return join(dir, 'heap')
}

it('reads the heap against the limit of V8', async () => {
  const reading = createOwnMemory(await folder()).read()
  expect(reading.heapUsed).toBeGreaterThan(1_000_000)
  expect(reading.heapUsed).toBeLessThan(reading.heapLimit)
  expect(reading.rss).toBeGreaterThan(reading.heapUsed)
})

it('collects garbage without a flag, and leaves no gc behind for others', async () => {
  const memory = createOwnMemory(await folder())
  const waste = (): void => void Array.from({ length: 400_000 }, (_, index) => ({ index }))
  waste()
  const before = memory.read().heapUsed
  await memory.collect()
  expect(before - memory.read().heapUsed).toBeGreaterThan(5_000_000)
  expect('gc' in globalThis).toBe(false)
})

it('writes heap snapshots for us alone, keeps two, and says how long nothing else ran', async () => {
  const dir = await folder()
  const memory = createOwnMemory(dir)
  const taken = []
  for (let nth = 0; nth < 3; nth += 1) taken.push(await memory.snapshot(2))
  const [, , last] = taken
  expect(await readdir(dir)).toHaveLength(2)
  expect((await stat(last?.path ?? '')).mode & 0o777).toBe(0o600)
  expect((await stat(dir)).mode & 0o777).toBe(0o700)
  expect(last?.pausedMs).toBeGreaterThan(1)
  expect((await readFile(last?.path ?? '', 'utf8')).slice(0, 20)).toContain('"snapshot"')
})

it('says why it cannot write one', async () => {
  await expect(createOwnMemory('/etc/passwd/heap').snapshot(2)).rejects.toMatchObject({
    code: 'memory.snapshot',
  })
})
