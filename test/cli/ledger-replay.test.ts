import { describe, expect, it } from 'vitest'
import { run } from '../../src/cli/ledger.ts'
import type { ApiClient } from '../../src/client/client.ts'
import type { Inputs } from '../../src/contract/inputs.ts'
import { taskId } from '../../src/domain/ids.ts'
import type { TaskRowState } from '../../src/domain/ledger-check.ts'
import type { Json } from '../../src/domain/task.ts'
import { fakeClock } from '../fakes/clock.ts'
import { fakeLedger } from '../fakes/ledger.ts'
import { fakeCli } from './fake-cli.ts'

/** A daemon with a ledger and a table that need not agree. */
async function daemonWith(
  changes: readonly [task: number, version: number, columns: { [name: string]: Json }, queue?: string][],
) {
  const ledger = fakeLedger(fakeClock())
  let last: string | undefined
  for (const [task, version, columns, queue] of changes) {
    if (queue !== last && last !== undefined && queue !== undefined) {
      const data = { queue }
      await ledger.append({
        eventType: 'daemon.queue_changed',
        level: 'warn',
        actor: 'daemon',
        message: '',
        data,
      })
    }
    last = queue
    await ledger.append({
      eventType: version === 1 ? 'task.inserted' : 'task.updated',
      level: 'info',
      actor: 'sql:psql',
      taskId: taskId(task),
      message: '',
      data: {
        ...(queue === undefined ? {} : { queue }),
        version,
        from: null,
        to: 'pending',
        at: 0,
        changes: columns,
        attempt_outcome: null,
      },
    })
  }
  const rows: TaskRowState[] = []
  const client: Pick<ApiClient, 'call'> = {
    async call(name, input) {
      if (name === 'readLedger') {
        const { taskId: only, ...filter } = input as Inputs['readLedger']
        const limit = filter.limit ?? 100
        const entries = ledger.read(
          only === undefined ? { ...filter, limit } : { ...filter, limit, taskId: taskId(only) },
        )
        return { apiVersion: 1, entries } as never
      }
      const { after = 0, limit = 1_000 } = input as Inputs['listTaskRows']
      return { apiVersion: 1, rows: rows.filter((row) => row.taskId > after).slice(0, limit) } as never
    },
  }
  const row = (task: number, version: number, columns: TaskRowState['columns']) =>
    void rows.push({ taskId: taskId(task), version, columns })
  const ask = async (...args: string[]) => {
    const cli = fakeCli({ args: ['replay', ...args], client: client as ApiClient })
    // It rests between two looks at what differs.
    const sleeping = { ...cli, clock: { ...cli.clock, sleep: () => Promise.resolve() } }
    const code = await run(sleeping)
    return { code, out: cli.out }
  }
  return { row, ask }
}

describe('jrctl ledger replay', () => {
  it('tells every task as the ledger does', async () => {
    const { ask } = await daemonWith([
      [7, 1, { title: 'a\u001b[31m', priority: 5 }],
      [7, 2, { priority: 1, error: null }],
      [8, 3, { priority: 2 }],
    ])
    const { code, out } = await ask()
    expect(code).toBe(0)
    expect(out).toContain('#7  pending  v2  ')
    expect(out).toContain('priority=1')
    expect(out).toContain('#8  pending  v3, without changes 1–2  priority=2')
    expect(out).not.toContain('\u001b[31m')
    expect((await ask('--task', '8')).out).not.toContain('#7')
  })

  it.each([[[]], [['--task', '7']]])('tells of the newest queue alone: %j', async (args) => {
    const { ask } = await daemonWith([
      [7, 1, { priority: 5 }, 'a'],
      [7, 1, { priority: 6 }, 'b'],
      [7, 2, { priority: 7 }, 'b'],
      [8, 1, { priority: 7 }, 'b'],
      [7, 2, { source: 'x' }, 'a'],
    ])
    const { out } = await ask(...args)
    expect(out).toContain('#7  pending  v2  priority=5  source=x')
    expect(out).not.toContain('#8')
  })

  it('--check: says how many agree, and which the ledger has yet to hear of', async () => {
    const { row, ask } = await daemonWith([
      [7, 1, { priority: 5 }],
      [8, 1, { priority: 5 }],
    ])
    row(7, 1, { priority: 5, error: null })
    row(8, 2, { priority: 1 })
    expect(await ask('--check')).toEqual({
      code: 0,
      out: 'The ledger and the table agree on 2 tasks; of 1 the ledger does not have the newest changes (yet)\n',
    })
  })

  it('--check: names what differs, a row without events and one that is gone among it, and fails', async () => {
    const { row, ask } = await daemonWith([
      [7, 1, { priority: 5 }],
      [8, 1, { priority: 5 }],
      [9, 1, { priority: 5 }],
    ])
    row(7, 1, { priority: 4 })
    row(9, 1, { priority: 5 })
    const { code, out } = await ask('--check')
    expect(code).toBe(1)
    expect(out.split('\n')).toEqual([
      '#7 priority: the ledger says 5, the table 4',
      '#8 row: the ledger says version 1, the table nothing',
      'The ledger and the table differ on 2 of 2 tasks',
      '',
    ])
    expect((await ask('--check', '--task', '9')).code).toBe(0)
  })
})
