import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { instanceId, jrName } from '../../src/domain/ids.ts'
import type { Json } from '../../src/domain/task.ts'
import { workerStates } from '../../src/domain/worker.ts'
import type { StateStore, StoredBucket, StoredWorker } from '../../src/ports/state-store.ts'

export interface StateStoreUnderTest {
  store: StateStore
  /** The same state, as the next process finds it; undefined where nothing outlives the store. */
  reopen?: () => Promise<StateStore>
  dispose: () => Promise<void>
}

type Command =
  | { do: 'saveWorker'; worker: StoredWorker }
  | { do: 'removeWorker'; instance: string }
  | { do: 'saveBuckets'; buckets: StoredBucket[] }
  | { do: 'saveBucket'; bucket: StoredBucket }
  | { do: 'put'; key: string; value: Json }
  | { do: 'reopen' }

const id = fc.constantFrom('i1', 'i2', 'i3', 'i4')
const time = fc.integer({ min: 0, max: 2 ** 45 })
const worker: fc.Arbitrary<StoredWorker> = fc.record({
  instanceId: id.map(instanceId),
  name: fc.constantFrom('Research Jr.', 'it_triad_jr', 'Größe 😀').map(jrName),
  slot: fc.integer({ min: 1, max: 3 }),
  definitionHash: fc.string(),
  state: fc.constantFrom(...workerStates),
  identity: fc.option(
    fc.record({
      pid: fc.nat(),
      startTime: fc.nat(),
      bootId: fc.uuid(),
      mark: fc.string({ unit: 'grapheme' }),
    }),
  ),
  startedAt: fc.option(time),
  restarts: fc.nat(),
  failures: fc.array(time, { maxLength: 50 }),
  lastExit: fc.option(fc.string({ unit: 'grapheme' })),
})
const bucket = fc.record({
  taskId: fc.integer({ min: 1, max: 2 ** 53 - 1 }),
  // No negative zero: REAL columns do not know it.
  tokens: fc.double({ noNaN: true, min: -1e6, max: 1e6 }).map((tokens) => tokens + 0),
  at: time,
})
const json = fc.jsonValue().map((value) => JSON.parse(JSON.stringify(value)) as Json)
const command: fc.Arbitrary<Command> = fc.oneof(
  fc.record({ do: fc.constant('saveWorker' as const), worker }),
  fc.record({ do: fc.constant('removeWorker' as const), instance: id }),
  fc.record({
    do: fc.constant('saveBuckets' as const),
    buckets: fc.uniqueArray(bucket, { selector: (one) => one.taskId }),
  }),
  fc.record({ do: fc.constant('saveBucket' as const), bucket }),
  fc.record({
    do: fc.constant('put' as const),
    key: fc.constantFrom('cursor', 'node', '__proto__'),
    value: json,
  }),
  fc.record({ do: fc.constant('reopen' as const) }),
)

/** What every state store promises: after any commands it holds what a few maps would hold. */
export function stateStoreContract(name: string, make: () => Promise<StateStoreUnderTest>, runs = 40): void {
  describe(`state store contract: ${name}`, () => {
    it('starts empty', async () => {
      const { store, dispose } = await make()
      expect([store.workers(), store.buckets(), store.get('cursor')]).toEqual([[], [], undefined])
      await dispose()
    })

    it('holds what was saved last, in an order of its own, after any commands', async () => {
      await fc.assert(
        fc.asyncProperty(fc.array(command, { maxLength: 25 }), async (commands) => {
          const under = await make()
          try {
            await check(under, commands)
          } finally {
            await under.dispose()
          }
        }),
        { numRuns: runs },
      )
    })

    it('hands out copies: changing one changes nothing that is stored', async () => {
      const { store, dispose } = await make()
      const value = { list: [1] }
      store.put('cursor', value)
      value.list.push(2)
      const read = store.get('cursor') as { list: number[] }
      read.list.push(3)
      expect(store.get('cursor')).toEqual({ list: [1] })
      await dispose()
    })
  })
}

async function check(under: StateStoreUnderTest, commands: readonly Command[]): Promise<void> {
  let { store } = under
  const workers = new Map<string, StoredWorker>()
  const documents = new Map<string, Json>()
  let buckets: StoredBucket[] = []
  for (const one of commands) {
    if (one.do === 'saveWorker') {
      store.saveWorker(one.worker)
      workers.set(one.worker.instanceId, one.worker)
    } else if (one.do === 'removeWorker') {
      store.removeWorker(instanceId(one.instance))
      workers.delete(one.instance)
    } else if (one.do === 'saveBuckets') {
      store.saveBuckets(one.buckets)
      buckets = one.buckets
    } else if (one.do === 'saveBucket') {
      store.saveBucket(one.bucket)
      buckets = [...buckets.filter(({ taskId }) => taskId !== one.bucket.taskId), one.bucket]
    } else if (one.do === 'put') {
      store.put(one.key, one.value)
      documents.set(one.key, one.value)
    } else if (under.reopen !== undefined) store = await under.reopen()
  }
  expect(store.workers()).toEqual([...workers.values()].sort(byNameAndSlot))
  expect(store.buckets()).toEqual([...buckets].sort((a, b) => a.taskId - b.taskId))
  for (const [key, value] of documents) expect(store.get(key)).toEqual(value)
}

function byNameAndSlot(a: StoredWorker, b: StoredWorker): number {
  const keyed = (one: StoredWorker): string => `${one.name}\u0000${one.slot}\u0000${one.instanceId}`
  return keyed(a) < keyed(b) ? -1 : 1
}
