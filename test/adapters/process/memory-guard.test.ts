import { afterEach, beforeEach, expect, test } from 'vitest'
import { MemoryGuard } from '../../../src/adapters/process/memory-guard.ts'
import type { ProcStat } from '../../../src/adapters/process/proc.ts'
import { ProcessSnapshot } from '../../../src/adapters/process/process-snapshot.ts'
import { type FakeClock, fakeClock } from '../../fakes/clock.ts'
import { fakeLogger } from '../../fakes/logger.ts'

/** Beyond every pid of a machine: nothing of it can be read. */
const pid = 2 ** 30
const identity = { pid, startTime: 1, bootId: 'b', mark: 'm' }
const limitBytes = 100

let clock: FakeClock
let rssPages: number
let tree: ProcStat[] | null
let lookMs: number
let did: string[]
let guard: MemoryGuard

beforeEach(() => {
  clock = fakeClock()
  rssPages = 0
  tree = null
  lookMs = 0
  did = []
  guard = new MemoryGuard({
    clock,
    logger: fakeLogger(),
    pageBytes: 1,
    look: async () => {
      did.push('look')
      if (lookMs > 0) await clock.sleep(lookMs)
      return new ProcessSnapshot([{ ...stat(), mark: 'm', dye: null }])
    },
    sealed: () => tree,
    ask: async () => did.push('ask'),
    kill: async () => did.push('kill'),
  })
  guard.watch(identity, limitBytes)
})
afterEach(async () => {
  guard.release('m')
  await clock.advance(10_000)
  expect(clock.pending).toBe(0)
})

const stat = (): ProcStat => ({
  pid,
  ppid: 1,
  session: pid,
  startTime: 1,
  isKernel: false,
  zombie: false,
  cpuTicks: 0,
  rssPages,
})

test('within its limit it is looked at every second, and nothing else happens', async () => {
  rssPages = 100
  await clock.advance(3000)
  expect(did).toEqual(['look', 'look', 'look'])
  expect(guard.release('m')).toBeNull()
})

test('over it, it is asked once, and killed when it has not ended five looks later', async () => {
  rssPages = 101
  await clock.advance(1000)
  expect(did).toEqual(['look', 'ask'])
  await clock.advance(5000)
  expect(did.filter((what) => what !== 'look')).toEqual(['ask', 'kill'])
  expect(guard.release('m')).toBe('over its memory limit of 100B (used 101B)')
})

test('over twice its limit it is not asked', async () => {
  rssPages = 201
  await clock.advance(1000)
  expect(did).toEqual(['look', 'kill'])
})

test('of a sealed tree nothing else is looked at', async () => {
  tree = []
  await clock.advance(2000)
  rssPages = 101
  tree = [stat()]
  await clock.advance(1000)
  expect(did).toEqual(['ask'])
})

test('where a look at all processes takes long, the next seconds make do with the processes known', async () => {
  lookMs = 35
  await clock.advance(1000 + 35 + 3 * 1000)
  expect(did).toEqual(['look'])
  await clock.advance(1000)
  expect(did).toEqual(['look', 'look'])
})
