import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createQueueIdentity } from '../../../src/adapters/postgres/queue-identity.ts'
import { createTaskQueue } from '../../../src/adapters/postgres/task-queue.ts'
import { createTaskRows } from '../../../src/adapters/postgres/task-rows.ts'
import { openState, type State } from '../../../src/adapters/sqlite/open-state.ts'
import { createLedgerProjection } from '../../../src/daemon/ledger/ledger-projection.ts'
import { instanceId, jrName, nodeId, taskId } from '../../../src/domain/ids.ts'
import { checkTask } from '../../../src/domain/ledger-check.ts'
import { replayLedger } from '../../../src/domain/ledger-replay.ts'
import type { Lease } from '../../../src/domain/task.ts'
import type { TaskQueue } from '../../../src/ports/task-queue.ts'
import { fakeClock } from '../../fakes/clock.ts'
import { fakeLogger } from '../../fakes/logger.ts'
import { claimOne } from '../../support/claim.ts'
import { connectTo, queueDatabase, type QueueDatabase } from './support/queue-database.ts'

const jr = jrName('Research Jr.')
let database: QueueDatabase
let queue: TaskQueue
beforeAll(async () => {
  database = await queueDatabase()
  queue = createTaskQueue(database.db)
})
afterAll(() => database.dispose())

/** A node's copy of the events, from the first one on. */
async function withProjection(
  use: (at: { state: State; catchUp: () => Promise<void> }) => Promise<void>,
): Promise<void> {
  const dir = await mkdtemp(join(tmpdir(), 'jrctl-replay-'))
  const clock = fakeClock()
  const state = openState({ path: join(dir, 'state.sqlite'), clock, logger: fakeLogger() })
  const projection = createLedgerProjection({
    feed: queue,
    identity: createQueueIdentity(database.db),
    ledger: state.ledger,
    store: state.store,
    database: { up: true, lastError: null, settled() {} },
    clock,
    logger: fakeLogger(),
  })
  try {
    await use({ state, catchUp: () => projection.runNow() })
  } finally {
    await projection.stop()
    await state.close()
    await rm(dir, { recursive: true })
  }
}

const replayOf = ({ ledger }: State) => replayLedger(ledger.read({ limit: 1_000_000 }))

async function expectAgreement(state: State): Promise<void> {
  const replayed = replayOf(state)
  const rows = await createTaskRows(database.db).rows(0, 1_000)
  const byId = new Map(rows.map((row) => [row.taskId, row]))
  const known = new Set(replayed.map((one) => one.taskId))
  for (const row of rows) expect(known).toContain(row.taskId)
  for (const one of replayed) {
    expect(one.complete).toBe(true)
    expect(checkTask(one, byId.get(one.taskId))).toEqual({ verdict: 'agrees', disagreements: [] })
  }
}

const nth = fc.nat(5)
/** What jrctl does and what anybody with SQL does, large values, odd statuses and other time zones among it. */
const foreignSql = [
  `update jr_work_queue set status = 'completed', progress_percent = 100 where id = $1`,
  `update jr_work_queue set description = repeat('ä', 3000), tags = array['a', 'b'] where id = $1`,
  `update jr_work_queue set status = 'blocked', priority = null where id = $1`,
  `update jr_work_queue set result = '{"bytes": 5}', score = 'NaN', channel = E'line\\nbreak "quoted"' where id = $1`,
  `update jr_work_queue set scheduled_at = 'infinity', started_at = '2026-03-29 02:30:00.123456 Europe/Zurich' where id = $1`,
  `delete from jr_work_queue where id = $1`,
  `insert into jr_work_queue (title, description, source, created_by) select 'copy', null, 'sql', 'x' where $1::bigint > 0`,
  `set timezone to 'Asia/Kolkata'`,
  `set timezone to 'UTC'`,
] as const
const command = fc.oneof(
  fc.record({ do: fc.constant('add' as const), urgent: fc.boolean() }),
  fc.record({ do: fc.constantFrom('claim' as const, 'makeReady' as const) }),
  fc.record({ do: fc.constantFrom('complete' as const, 'fail' as const, 'release' as const), nth }),
  fc.record({ do: fc.constantFrom('progress' as const, 'cancel' as const, 'retry' as const), nth }),
  fc.record({ do: fc.constantFrom('catchUp' as const) }),
  fc.record({ do: fc.constant('sql' as const), nth, text: fc.constantFrom(...foreignSql) }),
)
type Command = typeof command extends fc.Arbitrary<infer Value> ? Value : never

describe('replaying the ledger', () => {
  it('gives the state of every task, whatever was done to it and by whom', { timeout: 120_000 }, async () => {
    const foreign = connectTo(database.url, 1, 'psql')
    await fc.assert(
      fc.asyncProperty(fc.array(command, { minLength: 5, maxLength: 40 }), async (commands) => {
        // Without a trace, so that each run begins anew.
        await database.db.query(`truncate jr_work_queue, jr_task_state, jr_events, jr_attempts`)
        await withProjection(async ({ state, catchUp }) => {
          const leases: Lease[] = []
          for (const one of commands) await carryOut(one, leases, catchUp)
          await catchUp()
          await expectAgreement(state)
        })
      }),
      { numRuns: 40 },
    )
    await foreign.close()

    async function carryOut(one: Command, leases: Lease[], catchUp: () => Promise<void>): Promise<void> {
      const ids = await database.db.query<{ id: number }>(`select id from jr_work_queue order by id`)
      const id = 'nth' in one ? (ids[one.nth % Math.max(1, ids.length)]?.id ?? 0) : 0
      const lease = 'nth' in one ? leases[one.nth % Math.max(1, leases.length)] : undefined
      switch (one.do) {
        case 'add':
          await queue.add([{ title: 't', assignedJr: jr, urgent: one.urgent, maxAttempts: 2 }], 'ann')
          return
        case 'claim': {
          const claimed = await claimOne(queue, {
            jrNames: [jr],
            acceptUnassigned: true,
            instanceId: instanceId('i'),
            nodeId: nodeId('n'),
            leaseMs: 60_000,
          })
          if (claimed !== null) leases.push(claimed.lease)
          return
        }
        case 'makeReady':
          await queue.makeReady()
          return
        case 'complete':
          if (lease) await queue.complete(lease, { text: 'r'.repeat(2_000) })
          return
        case 'fail':
          if (lease) await queue.fail(lease, { kind: 'attempt', error: 'no luck' })
          return
        case 'release':
          if (lease) await queue.release(lease, 'going')
          return
        case 'progress':
          if (lease) await queue.progress(lease, 40, 'note')
          return
        case 'cancel':
          if (id > 0) await queue.cancel(taskId(id), 'ann', 'no')
          return
        case 'retry':
          if (id > 0) await queue.retry(taskId(id), 'ann')
          return
        case 'catchUp':
          return catchUp()
        case 'sql':
          await foreign.query(one.text, one.text.includes('$1') ? [id] : [])
          return
        default:
          one satisfies never
      }
    }
  })

  it('keeps each event once when the copying dies between entry and cursor', async () => {
    await database.db.query(`truncate jr_work_queue, jr_task_state, jr_events, jr_attempts`)
    await queue.add(
      Array.from({ length: 700 }, (_, n) => ({ title: `t${n}`, assignedJr: jr })),
      'ann',
    )
    await withProjection(async ({ state, catchUp }) => {
      await catchUp()
      // The cursor of the beginning is what a crash leaves that came before the first was saved.
      state.store.put('events.cursor', { id: 0, gaps: [] })
      await catchUp()
      expect(state.ledger.read({ limit: 10_000, type: 'task.*' })).toHaveLength(700)
      await expectAgreement(state)
    })
  })

  it('begins anew when the database is set back, or is another in the same place', async () => {
    const identity = () => createQueueIdentity(database.db).read()
    const restart = `truncate jr_work_queue, jr_task_state, jr_events, jr_attempts restart identity`
    const tellsAll = async (state: State) => {
      const rows = await createTaskRows(database.db).rows(0, 1_000)
      expect(replayOf(state).map((task) => task.taskId)).toEqual(rows.map((row) => row.taskId))
      await expectAgreement(state)
    }
    await withProjection(async ({ state, catchUp }) => {
      await queue.add([{ title: 'one' }, { title: 'two' }, { title: 'three' }], 'ann')
      await catchUp()
      const before = await identity()
      await database.db.query(restart)
      expect(await identity()).toEqual({ id: before.id, newestEventId: null })
      await queue.add([{ title: 'of the backup' }], 'ann')
      expect(await identity()).toEqual({ id: before.id, newestEventId: 1 })
      await catchUp()
      await tellsAll(state)
      await database.db.query(restart)
      await database.db.query(`update jr_queue set id = gen_random_uuid()`)
      await queue.add([{ title: 'of' }, { title: 'another' }], 'ann')
      await catchUp()
      await tellsAll(state)
      expect(
        state.ledger.read({ type: 'daemon.queue_changed', limit: 9 }).map(({ data }) => data),
      ).toMatchObject([{ reason: 'set back' }, { reason: 'another' }])
    })
  })

  it('does not wait for a long transaction that wrote before others, and takes its events when it ends', async () => {
    await database.db.query(`truncate jr_work_queue, jr_task_state, jr_events, jr_attempts`)
    const [slow, quick] = await queue.add([{ title: 'slow' }, { title: 'quick' }], 'ann')
    const other = await database.db.dedicated({ queryTimeoutMs: 20_000, statementTimeoutMs: 20_000 })
    await withProjection(async ({ state, catchUp }) => {
      await other.query(`begin`)
      await other.query(`update jr_work_queue set priority = 1 where id = $1`, [slow])
      await database.db.query(`update jr_work_queue set priority = 2 where id = $1`, [quick])
      await catchUp()
      const seen = () => replayOf(state).map(({ version, columns }) => [version, columns['priority']])
      expect(seen()).toEqual([
        [1, 5],
        [2, 2],
      ])
      await other.query(`update jr_work_queue set priority = 3 where id = $1`, [slow])
      await other.query(`commit`)
      await catchUp()
      expect(seen()).toEqual([
        [3, 3],
        [2, 2],
      ])
      await expectAgreement(state)
    })
    await other.end()
  })
})
