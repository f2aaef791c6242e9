import { describe, expect, it } from 'vitest'
import { reconcile, type ReconciliationStep } from '../../../src/daemon/cycle/reconciliation.ts'
import { reconciliationSteps } from '../../../src/daemon/cycle/reconciliation-steps.ts'
import { jrName, nodeId, taskId } from '../../../src/domain/ids.ts'
import { fakeClock } from '../../fakes/clock.ts'
import { fakeLedger } from '../../fakes/ledger.ts'
import { fakeLogger } from '../../fakes/logger.ts'

const mandate = { nodeId: nodeId('n'), epoch: 1, term: 1 }
const step = (name: string, run: ReconciliationStep['run'] = async () => null) => ({ name, run })

describe('a reconciliation', () => {
  it('names what it looked over, and what it found', async () => {
    const clock = fakeClock()
    expect(await reconcile([step('leases'), step('counts')], mandate, clock)).toEqual({
      changed: [],
      note: 'looked over leases, counts; nothing was amiss',
    })
    const found = await reconcile([step('leases', async () => '2 came back'), step('counts')], mandate, clock)
    expect(found.note).toBe('looked over leases, counts. leases: 2 came back')
  })

  it('goes on past a step that fails or hangs, and says so', async () => {
    const clock = fakeClock()
    const done = reconcile(
      [
        step('leases', () => new Promise(() => {})),
        step('counts', () => Promise.reject(new Error('no answer'))),
        step('events', async () => 'copied'),
      ],
      mandate,
      clock,
    )
    await clock.advance(10_000)
    expect((await done).note).toBe(
      'looked over leases, counts, events. leases: not done, leases took longer than 10 s; counts: not done, no answer; events: copied',
    )
    expect(clock.pending).toBe(0)
  })

  it('has failed when all of it has', async () => {
    const fails = () => Promise.reject(new Error('no answer'))
    await expect(reconcile([step('a', fails), step('b', fails)], mandate, fakeClock())).rejects.toThrow(
      'no answer',
    )
  })

  it('brings tasks, workers, counts and copies back into agreement, and tells what came back', async () => {
    const clock = fakeClock()
    const ledger = fakeLedger(clock)
    const ran: string[] = []
    const pass = (name: string) => ({ runNow: async () => void ran.push(name) })
    const steps = reconciliationSteps({
      queue: { makeReady: async () => ({ ready: 3, nextDueMs: null }) },
      duties: {
        rescueStuck: async () => ({
          led: true,
          result: [{ taskId: taskId(7), fence: null, jrName: jrName('A Jr.'), status: 'assigned' }],
        }),
        markSilentOffline: async () => ({ led: true, result: [jrName('B Jr.')] }),
      },
      store: { recount: async () => ({ led: true, result: { mended: 4, tooMany: false } }) },
      triggers: { ...pass('triggers'), complaint: 'jr_after_update (disabled)' },
      rescue: pass('rescue'),
      deaths: pass('deaths'),
      heartbeats: pass('heartbeats'),
      projection: pass('projection'),
      deadLetters: pass('dead letters'),
      positions: pass('positions'),
      policy: { stuckAfterMs: 1, offlineAfterMs: 1 },
      ledger,
      logger: fakeLogger(),
    })
    expect((await reconcile(steps, mandate, clock)).note.split('. ')[1]?.split('; ')).toEqual([
      'triggers: jr_after_update (disabled)',
      'due tasks: 3 made ready',
      'stuck tasks: 1 came back',
      'silent Jrs: B Jr',
    ])
    expect(ran).toEqual([
      'triggers',
      'rescue',
      'deaths',
      'heartbeats',
      'projection',
      'dead letters',
      'positions',
    ])
    expect(ledger.entries).toMatchObject([{ eventType: 'task.rescued', taskId: 7, actor: 'leader:n' }])
  })
})
