import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { taskId } from '../../src/domain/ids.ts'
import { ledgerEventTypes, ledgerLevels } from '../../src/domain/ledger-event.ts'
import type { LedgerEntry, LedgerFilter, NewLedgerEntry } from '../../src/domain/ledger-event.ts'
import type { Json } from '../../src/domain/task.ts'
import type { Ledger, LedgerBounds } from '../../src/ports/ledger.ts'
import type { FakeClock } from '../fakes/clock.ts'

export interface LedgerUnderTest {
  ledger: Ledger
  clock: FakeClock
  /** The same ledger, as the next process finds it; undefined where nothing outlives it. */
  reopen?: () => Promise<Ledger>
  dispose: () => Promise<void>
}

const optional = <Value>(arbitrary: fc.Arbitrary<Value>) => fc.option(arbitrary, { nil: undefined })
const types = ['worker.running', 'worker.ended', 'task.inserted', 'daemon.started'] as const
const entry = fc
  .record(
    {
      eventType: fc.constantFrom(...types),
      level: fc.constantFrom(...ledgerLevels),
      actor: fc.constantFrom('daemon', 'cli:ann (self-declared)'),
      taskId: fc.integer({ min: 1, max: 3 }).map(taskId),
      worker: fc.constantFrom('Research Jr.', 'it_triad_jr'),
      message: fc.string({ unit: 'grapheme' }),
      data: fc
        .dictionary(fc.string(), fc.jsonValue())
        .map((data) => JSON.parse(JSON.stringify(data)) as { [key: string]: Json }),
      dedupeKey: fc.constantFrom('a', 'b', 'c'),
    },
    { requiredKeys: ['eventType', 'level', 'actor', 'message'] },
  )
  .map((one): NewLedgerEntry => one)

type Command =
  | { do: 'append'; batch: NewLedgerEntry[] }
  | { do: 'note'; entry: NewLedgerEntry }
  | { do: 'wait'; ms: number }
  | { do: 'prune'; age: number; entries: number }
  | { do: 'reopen' }
const command: fc.Arbitrary<Command> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant('append' as const),
      batch: fc.array(entry, { minLength: 1, maxLength: 5 }),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constant('wait' as const), ms: fc.integer({ min: 1, max: 5000 }) }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('note' as const), entry }) },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('prune' as const),
      age: fc.integer({ min: 0, max: 9000 }),
      entries: fc.integer({ min: 0, max: 8 }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('reopen' as const) }) },
)
const filter = fc.record({
  type: optional(fc.constantFrom('worker.*', 'worker.running', 'task.*', '*', 'orchestrator.*', 'worker.%')),
  taskId: optional(fc.integer({ min: 1, max: 3 }).map(taskId)),
  worker: optional(fc.constant('it_triad_jr')),
  level: optional(fc.constantFrom(...ledgerLevels)),
  sinceAge: optional(fc.integer({ min: 0, max: 9000 })),
  afterId: optional(fc.integer({ min: 0, max: 20 })),
  beforeId: optional(fc.integer({ min: 1, max: 20 })),
  limit: fc.integer({ min: 1, max: 30 }),
})

/** What every ledger promises: after any commands it answers as a list of entries would. */
export function ledgerContract(name: string, make: () => Promise<LedgerUnderTest>, runs = 40): void {
  describe(`ledger contract: ${name}`, () => {
    it('keeps the order of appends, the first of equal dedupe keys, and a chain that verifies', async () => {
      await fc.assert(
        fc.asyncProperty(
          fc.array(command, { maxLength: 12 }),
          fc.array(filter, { maxLength: 6 }),
          async (commands, filters) => {
            const under = await make()
            try {
              await check(under, commands, filters)
            } finally {
              await under.dispose()
            }
          },
        ),
        { numRuns: runs },
      )
    })

    it('tells subscribers what is new, once, until they leave', async () => {
      const { ledger, dispose } = await make()
      const heard: number[] = []
      const leave = ledger.subscribe((entries) => void heard.push(...entries.map(({ id }) => id)))
      await ledger.append({ ...plain, dedupeKey: 'x' })
      await Promise.all([ledger.append({ ...plain, dedupeKey: 'x' }), ledger.append(plain)])
      leave()
      await ledger.append(plain)
      expect(heard).toEqual([1, 2])
      await dispose()
    })

    it.each(ledgerEventTypes)('takes %s', async (eventType) => {
      const { ledger, dispose } = await make()
      expect(await ledger.append({ ...plain, eventType })).toMatchObject({ eventType, id: 1 })
      await dispose()
    })
  })
}

const plain: NewLedgerEntry = {
  eventType: 'daemon.started',
  level: 'info',
  actor: 'daemon',
  message: 'hello',
}

async function check(
  under: LedgerUnderTest,
  commands: readonly Command[],
  filters: readonly (Omit<LedgerFilter, 'since'> & { sinceAge?: number | undefined })[],
): Promise<void> {
  let { ledger } = under
  const model: LedgerEntry[] = []
  const past: Past = { id: 0, hash: '0'.repeat(64) }
  for (const one of commands) {
    if (one.do === 'append') {
      const answers = await Promise.all(one.batch.map((wanted) => ledger.append(wanted)))
      for (const [index, wanted] of one.batch.entries())
        expectAppended(model, past, wanted, answers[index], under.clock)
    } else if (one.do === 'note') {
      // What nobody waits for is in the order of all, before what is appended next.
      ledger.note(one.entry)
      const wanted = { ...plain, message: 'after a note' }
      const answer = await ledger.append(wanted)
      const [noted] = ledger.read({ limit: 2 })
      if (!isKnown(model, one.entry)) expectAppended(model, past, one.entry, noted, under.clock)
      expectAppended(model, past, wanted, answer, under.clock)
    } else if (one.do === 'prune') {
      const bounds = { before: under.clock.wallMs() - one.age, entries: one.entries }
      expect(await ledger.prune(bounds)).toBe(prune(model, past, bounds))
    } else if (one.do === 'wait') await under.clock.advance(one.ms)
    else if (under.reopen !== undefined) ledger = await under.reopen()
  }
  expect(ledger.read({ limit: 1000 })).toEqual(model)
  for (const { sinceAge, ...rest } of filters) {
    const wanted = sinceAge === undefined ? rest : { ...rest, since: under.clock.wallMs() - sinceAge }
    expect(ledger.read(wanted)).toEqual(select(model, wanted))
  }
  const head = model.at(-1)?.hash ?? past.hash
  expect(await ledger.verify()).toEqual({ ok: true, entries: model.length, head })
}

/** What was pruned last. */
type Past = Pick<LedgerEntry, 'id' | 'hash'>

function prune(model: LedgerEntry[], past: Past, { before, entries }: LedgerBounds): number {
  let pruned = 0
  for (;;) {
    const [oldest] = model
    if (oldest === undefined || (oldest.createdAt >= before && model.length <= entries)) return pruned
    Object.assign(past, model.shift())
    pruned += 1
  }
}

function isKnown(model: readonly LedgerEntry[], { dedupeKey }: NewLedgerEntry): boolean {
  return dedupeKey !== undefined && model.some((one) => one.dedupeKey === dedupeKey)
}

function expectAppended(
  model: LedgerEntry[],
  past: Past,
  wanted: NewLedgerEntry,
  answer: LedgerEntry | undefined,
  clock: FakeClock,
): void {
  const known = model.find((one) => one.dedupeKey !== undefined && one.dedupeKey === wanted.dedupeKey)
  if (known !== undefined) return expect(answer).toEqual(known)
  const hash: unknown = expect.stringMatching(/^[0-9a-f]{64}$/)
  expect(answer).toEqual({
    ...wanted,
    id: (model.at(-1)?.id ?? past.id) + 1,
    createdAt: clock.wallMs(),
    hash,
  })
  if (answer !== undefined) model.push(answer)
}

function select(model: readonly LedgerEntry[], wanted: LedgerFilter): LedgerEntry[] {
  const found = model.filter(
    (one) =>
      (wanted.type === undefined ||
        (wanted.type.endsWith('*')
          ? one.eventType.startsWith(wanted.type.slice(0, -1))
          : one.eventType === wanted.type)) &&
      (wanted.taskId === undefined || one.taskId === wanted.taskId) &&
      (wanted.worker === undefined || one.worker === wanted.worker) &&
      (wanted.level === undefined || one.level === wanted.level) &&
      one.createdAt >= (wanted.since ?? 0) &&
      one.id > (wanted.afterId ?? 0) &&
      one.id < (wanted.beforeId ?? Number.POSITIVE_INFINITY),
  )
  return wanted.afterId === undefined ? found.slice(-wanted.limit) : found.slice(0, wanted.limit)
}
