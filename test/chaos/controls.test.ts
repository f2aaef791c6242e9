import Database from 'better-sqlite3'
import { appendFileSync, readFileSync, writeFileSync } from 'node:fs'
import { createHash, randomBytes } from 'node:crypto'
import { uptime } from 'node:os'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ledgerAppender } from '../../src/adapters/sqlite/ledger-append.ts'
import { instanceId, jrName, nodeId, taskId } from '../../src/domain/ids.ts'
import type { LedgerEntry } from '../../src/domain/ledger-event.ts'
import type { Claimed } from '../../src/ports/task-queue.ts'
import { migrateForTests } from '../support/migrate.ts'
import { gather } from './evidence.ts'
import { type Ground, prepareGround } from './fleet/ground.ts'
import { jrName as chaosJr, type Node, startNode } from './fleet/node.ts'
import { eventually } from './fleet/processes.ts'
import { untilHeard } from './heard.ts'
import { violations } from './invariants.ts'
import { createTally } from './tally.ts'

/*
 * A check that cannot fail proves nothing. Here each guard is taken away or got round, in the database and the files
 * themselves, and the check must say so. Each control has tasks of its own, so that none hides behind another.
 */

let ground: Ground
let node: Node
const accepted: number[] = []

beforeAll(async () => {
  ground = await prepareGround(createTally())
  await migrateForTests(ground.server.url)
  node = await startNode('north', ground.at, { instances: 1 })
})

afterAll(() => ground.end())

const evidence = () =>
  gather({ server: ground.server, nodes: [node], effectsFile: ground.at.effectsFile, accepted, fromTask: 0 })

/** What is found about a task, once the ledger has heard all there is. */
async function foundAbout(id: number): Promise<string[]> {
  return about(id, await untilHeard(evidence, ground))
}

function about(id: number, seen: Awaited<ReturnType<typeof evidence>>): string[] {
  return violations(seen)
    .map(({ invariant, text }) => `${invariant} ${text}`)
    .filter((text) => new RegExp(`task ${id}\\b|\\b${id}:\\d`).test(text))
}

async function add(assignedJr: string): Promise<number> {
  const [id] = await ground.queue.add([{ title: 'ok 01', assignedJr }], 'control')
  if (id === undefined) throw new Error('nothing added')
  accepted.push(id)
  return id
}

/** A task that the fleet has done; nothing is wrong with it. */
async function completedTask(): Promise<number> {
  const id = await add(chaosJr)
  await eventually(
    `task ${id} is done`,
    () => ground.queue.get(taskId(id)),
    (detail) => detail?.task.status === 'completed',
    30_000,
  )
  expect(await foundAbout(id)).toEqual([])
  return id
}

/** A worker of the control's own, on a Jr of its own: what it claims nobody else takes. */
async function claimAs(name: string, jr: string): Promise<Claimed & { key: string; mark: string }> {
  const key = randomBytes(32).toString('hex')
  const [claimed] = await ground.queue.claim({
    jrNames: [jrName(jr)],
    acceptUnassigned: false,
    instanceId: instanceId(name),
    nodeId: nodeId('control'),
    leaseMs: 60_000,
    keyHashes: [createHash('sha256').update(key).digest('hex')],
  })
  if (claimed === undefined) throw new Error(`${name} found no task`)
  return { ...claimed, key, mark: randomBytes(16).toString('hex') }
}

function effect(step: string, { task, attempt, mark, key }: Awaited<ReturnType<typeof claimAs>>): void {
  appendFileSync(
    ground.at.effectsFile,
    `${step} ${task.id} ${attempt} ${mark} ${key} ${uptime().toFixed(2)}\n`,
  )
}

function work(held: Awaited<ReturnType<typeof claimAs>>): void {
  for (const step of ['start', 'middle', 'end']) effect(step, held)
}

const sql = (text: string, ...values: unknown[]) => ground.server.tell(text, values)

/** Two workers at one task, of which the first has lost its lease; both do the work. */
async function superseded() {
  const jr = `Control ${accepted.length}`
  const id = await add(jr)
  const first = await claimAs('first', jr)
  work(first)
  await ground.queue.returnLeases(instanceId('first'), 'it was stopped past its lease')
  const second = await claimAs('second', jr)
  work(second)
  return { id, first, second }
}

describe('I1: every accepted task is in exactly one place', () => {
  it('notices a row that vanished', async () => {
    const id = await completedTask()
    await sql('delete from jr_work_queue where id = $1', id)
    expect(await foundAbout(id)).toContainEqual(`I1 task ${id} was accepted and has vanished`)
  })

  it('notices work without a lease', async () => {
    const id = await add('Nobody Jr.')
    await sql(`update jr_work_queue set status = 'in_progress', started_at = now() where id = $1`, id)
    expect(await foundAbout(id)).toContainEqual(`I1 task ${id} is leased (in_progress) with 0 open attempts`)
  })

  it('notices two leases at once, which only the unique index prevents', async () => {
    const { id, second } = await superseded()
    await expect(secondLease(id, second)).rejects.toThrow(/jr_attempts_open/)
    await sql('drop index jr_attempts_open')
    await secondLease(id, second)
    const found = await foundAbout(id)
    expect(found).toContainEqual(`I1 task ${id} is leased (in_progress) with 2 open attempts`)
    expect(found).toContainEqual(expect.stringMatching(/held task \d+ at the same time/))
    await sql('delete from jr_attempts where task_id = $1', id)
    await sql('create unique index jr_attempts_open on jr_attempts (task_id) where ended_at is null')
  })

  function secondLease(id: number, { lease }: Claimed): Promise<void> {
    return sql(
      `insert into jr_attempts (task_id, attempt, jr_name, instance_id, node_id, key_hash, took_unassigned, lease_expires_at)
       select task_id, attempt + 1, jr_name, 'third', node_id, 'none', took_unassigned, lease_expires_at
       from jr_attempts where task_id = $1 and fence = $2`,
      id,
      lease.fence,
    )
  }
})

describe('I2: an attempt is on record before its process, and its end after', () => {
  it('notices a process that the database never heard of', async () => {
    const id = await completedTask()
    await sql('delete from jr_attempts where task_id = $1', id)
    expect(await foundAbout(id)).toContainEqual(
      expect.stringMatching(/^I2 the start of .* the database never opened/),
    )
  })

  it('notices a process that began before its attempt', async () => {
    const id = await completedTask()
    await sql(`update jr_attempts set started_at = ended_at + interval '1 second' where task_id = $1`, id)
    expect(await foundAbout(id)).toContainEqual(
      expect.stringMatching(/^I2 .* ms before its attempt was opened/),
    )
  })

  it('notices an end without a word', async () => {
    const id = await completedTask()
    await sql('update jr_attempts set outcome = null where task_id = $1', id)
    expect(await foundAbout(id)).toContainEqual(
      expect.stringMatching(/^I2 attempt \d+ at task \d+ ended as null/),
    )
  })
})

describe('I3: one accepted completion, by whom holds the fence', () => {
  it('finds nothing wrong where the fence is asked for: the stale result is refused', async () => {
    const { id, first, second } = await superseded()
    expect(await ground.queue.complete(first.lease, { by: first.mark })).toMatchObject({ accepted: false })
    expect(await ground.queue.complete(second.lease, { by: second.mark })).toEqual({ accepted: true })
    expect(await foundAbout(id)).toEqual([])
  })

  it('notices the stale result that gets in where the statement does not ask for the fence', async () => {
    const { id, first, second } = await superseded()
    await completeWithoutFence(id, first.mark)
    expect(await ground.queue.complete(second.lease, { by: second.mark })).toMatchObject({ accepted: false })
    expect(await foundAbout(id)).toContainEqual(
      `I3 the result of task ${id} is of attempt ${first.lease.fence}, the accepted completion of ${second.lease.fence}`,
    )
  })

  /** As most queues complete: by id alone. */
  function completeWithoutFence(id: number, mark: string): Promise<void> {
    return sql(
      `with ended as (
         update jr_attempts set ended_at = now(), outcome = 'completed' where task_id = $1 and ended_at is null returning task_id)
       update jr_work_queue q set status = 'completed', completed_at = now(), progress_percent = 100, result = $2::jsonb
       from ended where q.id = ended.task_id`,
      id,
      JSON.stringify({ by: mark }),
    )
  }

  it('notices two accepted completions of one task', async () => {
    const { id, first, second } = await superseded()
    await ground.queue.complete(second.lease, { by: second.mark })
    await sql(
      `update jr_attempts set outcome = 'completed' where task_id = $1 and fence = $2`,
      id,
      first.lease.fence,
    )
    expect(await foundAbout(id)).toContainEqual(
      `I3 task ${id} is completed after 0 replays with 2 accepted completions`,
    )
  })

  it('notices a completion that no attempt made', async () => {
    const id = await add('Nobody Jr.')
    await sql(`update jr_work_queue set status = 'completed' where id = $1`, id)
    const found = await foundAbout(id)
    expect(found).toContainEqual(`I3 task ${id} is completed after 0 replays with 0 accepted completions`)
    expect(found).toContainEqual(`I4 task ${id} went from assigned to completed, which is illegal`)
  })

  it('notices a completion without its work', async () => {
    const { id, second } = await superseded()
    await ground.queue.complete(second.lease, { by: 'somebody who did nothing' })
    expect(await foundAbout(id)).toContainEqual(expect.stringMatching(/which the effects file does not know/))
  })

  it('notices a process that goes on after its attempt was reported as ended', async () => {
    const { id, second } = await superseded()
    await ground.queue.complete(second.lease, { by: second.mark })
    await sql(
      `update jr_attempts set ended_at = ended_at - interval '1 second', started_at = started_at - interval '1 minute' where task_id = $1 and fence = $2`,
      id,
      second.lease.fence,
    )
    effect('middle', second)
    expect(await foundAbout(id)).toContainEqual(
      expect.stringMatching(/was reported completed and did its \w+ later/),
    )
  })
})

describe('I4: the ledger verifies and replays to the rows', () => {
  it('notices a change behind the trigger', async () => {
    const id = await add('Nobody Jr.')
    await sql('alter table jr_work_queue disable trigger user')
    await sql(`update jr_work_queue set status = 'cancelled' where id = $1`, id)
    await sql('alter table jr_work_queue enable trigger user')
    const found = await foundAbout(id)
    expect(found).toContainEqual(`I4 the events leave task ${id} assigned, its row says cancelled`)
    expect(found).toContainEqual(
      expect.stringMatching(/^I4 the ledger of north replays task \d+ otherwise \(differs\)/),
    )
  })

  it('notices an event that went missing', async () => {
    const id = await completedTask()
    await sql('delete from jr_events where task_id = $1 and version = 2', id)
    expect(await foundAbout(id)).toContainEqual(`I4 task ${id}: event 3 stands at place 2`)
  })

  it('notices what a cursor that runs ahead of the ledger loses', async () => {
    await node.stop()
    const id = await add('Nobody Jr.')
    withState((db) => {
      const cursor = JSON.stringify({ id: 1_000_000, gaps: [] })
      db.prepare(`update documents set value = ? where key = 'events.cursor'`).run(cursor)
    })
    node = await startNode('north', ground.at, { instances: 1 })
    await node.stop()
    expect(about(id, await evidence())).toContainEqual(`I4 the ledger of north lacks ${id}:1`)
  })

  it('notices an entry that was kept twice, as without the dedupe key', async () => {
    const change = withState((db) => {
      const told = db
        .prepare<[], { id: number; data: string; task_id: number }>(
          `select id, data, task_id from ledger_entries where dedupe_key is not null order by id limit 1`,
        )
        .get()
      if (told === undefined) throw new Error('an empty ledger')
      const data = JSON.parse(told.data) as NonNullable<LedgerEntry['data']>
      ledgerAppender(db)(
        [
          {
            eventType: 'task.inserted',
            level: 'info',
            actor: 'control',
            message: 'again',
            taskId: taskId(told.task_id),
            data,
          },
        ],
        Date.now(),
      )
      return `${told.task_id}:${String(Number(data['version']))}`
    })
    expect(violations(await evidence()).map(({ text }) => text)).toContain(
      `the ledger of north tells ${change} 2 times`,
    )
  })

  it('notices one flipped bit', async () => {
    const sound = (await evidence()).ledgers[0]?.verdict
    expect(sound).toMatchObject({ ok: true })
    const bytes = readFileSync(node.stateFile)
    const at = bytes.lastIndexOf('went from')
    expect(at).toBeGreaterThan(0)
    bytes[at] = (bytes[at] ?? 0) ^ 1
    writeFileSync(node.stateFile, bytes)
    expect(violations(await evidence()).map(({ text }) => text)).toContainEqual(
      expect.stringMatching(/^the ledger of north is broken at \d+: its hash/),
    )
  })
})

function withState<T>(action: (db: Database.Database) => T): T {
  const db = new Database(node.stateFile)
  try {
    const done = action(db)
    db.pragma('wal_checkpoint(TRUNCATE)')
    return done
  } finally {
    db.close()
  }
}
