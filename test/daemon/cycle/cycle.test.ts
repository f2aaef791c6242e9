import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { OrchestratorPolicy } from '../../../src/config/policy.ts'
import type { TaskId } from '../../../src/domain/ids.ts'
import { OperationalError } from '../../../src/errors.ts'
import { cycleUnderTest } from './setup.ts'

const away = new OperationalError('no answer', { code: 'db.unreachable', retryable: true })
const second = 1_000
const minute = 60 * second

describe('the cycle', () => {
  let on: Awaited<ReturnType<typeof cycleUnderTest>>
  const begin = async (more: Partial<OrchestratorPolicy> = {}) => {
    on = await cycleUnderTest(more)
    await on.start()
  }
  beforeEach(() => begin())
  afterEach(async () => {
    await on.stop()
    expect(on.clock.pending).toBe(0)
  })

  /** A task that failed and waits for its next try, which `recent_failures` brings forward. */
  async function aRetry(): Promise<TaskId> {
    const [id] = (await on.add({})) as [TaskId]
    on.queue.writeForeign(id, { status: 'retry', scheduledAt: on.clock.wallMs() + 10 * minute })
    on.failures(id)
    return id
  }
  const task = async (id: TaskId) => (await on.queue.get(id))?.task
  /** Acted upon once, and the events of it. */
  const eventsBy = async (actor: string) =>
    (await on.queue.events({ id: 0, gaps: [] }, 100)).events.filter((event) => event.actor === actor)

  it('looks every interval, and tells idle passes on entry and once a minute', async () => {
    expect(on.state.looks).toBe(1)
    await on.clock.advance(10 * second)
    expect(on.state.looks).toBe(6)
    expect(on.told()).toEqual(['orchestrator.cycle_idle: Cycle 1: no actions needed, system healthy'])
    await on.clock.advance(50 * second)
    expect(on.told().slice(1)).toEqual([
      'orchestrator.cycle_idle: 30 passes without an action, system healthy (100)',
    ])
    expect(on.said()).toEqual([
      'Orchestrator started: a pass every 2 s',
      'Cycle 1: no actions needed, system healthy',
      '30 passes without an action, system healthy (100)',
    ])
  })

  it('decides, has it on record, acts, and tells it in that order', async () => {
    const id = await aRetry()
    await on.clock.advance(2 * second)
    expect(await task(id)).toMatchObject({ status: 'pending', scheduledAt: null })
    expect(on.types().slice(1, 4)).toEqual(['cycle_started', 'action_executed', 'cycle_completed'])
    const executed = on.entries().find(({ eventType }) => eventType === 'orchestrator.action_executed')
    expect(executed).toMatchObject({
      actor: 'orchestrator',
      message: `retry_failed (recent_failures): brought forward 1 task #${id}, because something failed 1 time within the last hour`,
      data: { decision: '1-2-1', rule: 'recent_failures', priority: 8, tasks: [id], changed: [id] },
    })
    expect(on.said()).toEqual(
      expect.arrayContaining(['Cycle 2: 1 action to execute', 'Cycle 2: 1 succeeded, 0 failed']),
    )
    expect((await eventsBy('orchestrator:recent_failures')).map(({ taskId }) => taskId)).toEqual([id])
    expect(on.cycle.view()).toMatchObject({
      actions: { executed: 1, failed: 0 },
      passes: { acted: 1, failed: 0 },
      rules: { recent_failures: { decided: 1, executed: 1 } },
    })
    expect(on.cycle.line().lastDecisions).toMatchObject([{ rule: 'recent_failures', state: 'executed' }])
  })

  it('lets a rule rest, then measures whether it helped', async () => {
    await aRetry()
    await on.clock.advance(50 * second)
    expect(on.types().filter((type) => type === 'action_executed')).toHaveLength(1)
    on.calm()
    await on.clock.advance(12 * second)
    expect(on.told()).toContain(
      'orchestrator.outcome_measured: recent_failures (decision 1-2-1): what made it act is gone',
    )
    expect(on.store.records.get('1-2-1')).toMatchObject({ outcome: 'cleared' })
    expect(on.cycle.view().rules).toMatchObject({ recent_failures: { cleared: 1 } })
    await on.clock.advance(minute)
    expect(on.types().filter((type) => type === 'outcome_measured')).toHaveLength(1)
  })

  it('looks sooner when it is woken, and not more often than once a second', async () => {
    for (let n = 0; n < 100; n += 1) {
      on.cycle.wake()
      await on.clock.advance(20)
    }
    // The first, then two in two seconds.
    expect(on.state.looks).toBe(3)
  })

  it('never overlaps itself, and gives up on a look that takes too long', async () => {
    on.state.slow = new Promise(() => {})
    await on.clock.advance(20 * second)
    on.cycle.wake()
    await on.clock.advance(2 * second)
    expect(on.state.looks).toBe(2)
    on.state.slow = Promise.resolve()
    await on.clock.advance(minute)
    expect(on.told()).toContain(
      'orchestrator.cycle_error: Cycle 2 failed, the next one follows: looking at queue and fleet took longer than 30 s',
    )
    expect(on.state.looks).toBeGreaterThan(2)
    expect(on.said()).toContain('the autonomous cycle works again')
  })

  it('tells the first failure of a streak, goes on, and tells the database watch', async () => {
    on.store.failure = away
    await on.clock.advance(minute)
    expect(on.types().filter((type) => type === 'cycle_error')).toHaveLength(1)
    expect(on.cycle.view()).toMatchObject({ problem: 'no answer' })
    expect(on.cycle.view().passes.failed).toBeGreaterThan(5)
    expect(on.state.settled).toContain(away)
    on.store.failure = null
    await on.clock.advance(10 * second)
    expect(on.cycle.view().problem).toBeNull()
    on.store.failure = away
    await on.clock.advance(10 * second)
    expect(on.types().filter((type) => type === 'cycle_error')).toHaveLength(2)
  })

  describe('an action that fails', () => {
    it('ends its record, and the others are done', async () => {
      const id = await aRetry()
      on.state.ledgerErrors = 6
      on.steps.splice(0, 1, {
        name: 'leases',
        run: async () => {
          throw new Error('no such lease')
        },
      })
      await on.clock.advance(2 * second)
      expect(await task(id)).toMatchObject({ status: 'pending' })
      expect(on.told()).toContain(
        'orchestrator.action_failed: trigger_reconciliation (ledger_errors) failed: no such lease',
      )
      expect(on.told()).toContain('orchestrator.cycle_completed: Cycle 2: 1 succeeded, 1 failed')
      expect([...on.store.records.values()].map(({ state }) => state).sort()).toEqual(['executed', 'failed'])
    })

    it('stays open when the database went away, and is done once it is back', async () => {
      const id = await aRetry()
      on.store.beforeAct = () => {
        throw away
      }
      await on.clock.advance(2 * second)
      expect(on.types().slice(1)).toEqual([
        'cycle_started',
        'action_failed',
        'cycle_completed',
        'cycle_error',
      ])
      expect(on.store.records.get('1-2-1')).toMatchObject({ state: 'intended' })
      on.store.beforeAct = () => {}
      await on.clock.advance(2 * second)
      expect(await task(id)).toMatchObject({ status: 'pending' })
      expect(on.store.records.get('1-2-1')).toMatchObject({ state: 'executed' })
    })

    it('is not done twice when only its answer was lost', async () => {
      const id = await aRetry()
      on.store.afterAct = () => {
        throw away
      }
      await on.clock.advance(2 * second)
      on.store.afterAct = () => {}
      expect(await task(id)).toMatchObject({ status: 'pending' })
      on.queue.writeForeign(id, { priority: 3 })
      await on.clock.advance(10 * second)
      expect(await eventsBy('orchestrator:recent_failures')).toHaveLength(1)
      expect(on.store.marksOf(id)).toEqual({ retry_failed: 1 })
    })
  })

  describe('what an earlier leader left open', () => {
    /** On record, and then its daemon died. */
    async function leave(id: TaskId, ageMs: number): Promise<void> {
      await on.cycle.turn(false, 'tester')
      await on.clock.advance(10 * second)
      const decision = {
        id: 'old-1',
        rule: 'recent_failures',
        priority: 8,
        reason: 'there were failures',
        action: 'retry_failed',
        retries: [id],
        deaths: [],
      } as const
      await on.store.intend(
        on.mandate(),
        [{ decision: { ...decision, retries: [id], deaths: [] }, cooldownMs: minute }],
        false,
      )
      await on.clock.advance(ageMs)
      await on.reignAgain()
      on.calm()
    }

    it('is finished by its id when a reign begins', async () => {
      const id = await aRetry()
      await leave(id, 0)
      await on.cycle.turn(true, 'tester')
      await on.clock.advance(2 * second)
      expect(await task(id)).toMatchObject({ status: 'pending' })
      expect(on.store.records.get('old-1')).toMatchObject({ state: 'executed' })
      expect(on.types()).toContain('action_executed')
    })

    it('is given up when it is of another time', async () => {
      const id = await aRetry()
      await leave(id, 9 * minute + 55 * second)
      on.queue.writeForeign(id, { scheduledAt: on.clock.wallMs() + minute })
      await on.clock.advance(10 * second)
      await on.cycle.turn(true, 'tester')
      await on.clock.advance(2 * second)
      expect(await task(id)).toMatchObject({ status: 'retry' })
      expect(on.store.records.get('old-1')).toMatchObject({
        state: 'failed',
        error: 'nobody acted upon it for 10 min, and the queue has changed since',
      })
    })

    it('waits while the cycle is switched off', async () => {
      const id = await aRetry()
      await leave(id, 0)
      await on.clock.advance(minute)
      expect(on.store.records.get('old-1')).toMatchObject({ state: 'intended' })
      expect(await task(id)).toMatchObject({ status: 'retry' })
    })
  })

  it('observes: decides and records, and changes nothing', async () => {
    await on.stop()
    await begin({ mode: 'observe' })
    const id = await aRetry()
    await on.clock.advance(30 * second)
    expect(await task(id)).toMatchObject({ status: 'retry' })
    expect(on.store.records.get('1-2-1')).toMatchObject({ state: 'observed' })
    expect(on.types().filter((type) => type === 'action_observed')).toHaveLength(1)
    expect(on.told()).toContain('orchestrator.cycle_completed: Cycle 2: 1 decision observed, none acted upon')
    expect(on.cycle.view().passes).toMatchObject({ observed: 1, acted: 0 })
  })

  it('does nothing but look at the switch while it is off, and obeys it wherever it is turned', async () => {
    await on.cycle.turn(false, 'cli:ada')
    await on.clock.advance(10 * second)
    const looks = on.state.looks
    await aRetry()
    await on.clock.advance(minute)
    expect(on.state.looks).toBe(looks)
    expect(on.types()).toEqual(['cycle_idle', 'disabled'])
    expect(on.cycle.view().enabled).toBe(false)
    // By another node.
    await on.store.setEnabled(true, 'cli:bob')
    await on.clock.advance(6 * second)
    expect(on.types()).toContain('action_executed')
    expect(await on.cycle.turn(true, 'cli:ada')).toEqual({ changed: false })
    expect(on.said()).toEqual(expect.arrayContaining(['Orchestrator stopped: it is switched off']))
  })

  describe('a pass on demand', () => {
    const asked = async (by = 'cli:ada') => {
      const answer = on.cycle.runOnce(by)
      await on.clock.advance(0)
      return answer
    }

    it('is made also while the cycle is off, and leaves it off', async () => {
      await on.cycle.turn(false, 'cli:ada')
      await on.clock.advance(10 * second)
      const id = await aRetry()
      const pass = await asked()
      expect(pass).toMatchObject({
        kind: 'acted',
        askedBy: 'cli:ada',
        succeeded: 1,
        executions: [{ state: 'executed', result: { changed: [id] } }],
      })
      expect(on.entries().find(({ eventType }) => eventType === 'orchestrator.cycle_completed')?.actor).toBe(
        'cli:ada',
      )
      const looks = on.state.looks
      await on.clock.advance(minute)
      expect(on.state.looks).toBe(looks)
    })

    it('is shared by those who ask at the same time', async () => {
      const looks = on.state.looks
      const answers = [on.cycle.runOnce('a'), on.cycle.runOnce('b')]
      await on.clock.advance(0)
      const [one, other] = await Promise.all(answers)
      expect(one).not.toBeNull()
      expect(other?.snapshot).toEqual(one?.snapshot)
      expect(on.state.looks - looks).toBeLessThanOrEqual(2)
    })

    it('is another node’s to make when that one leads', async () => {
      on.depose()
      expect(await asked()).toBeNull()
    })

    it('tells who asked what it failed with', async () => {
      on.store.failure = away
      const answer = on.cycle.runOnce('cli:ada').catch((error: unknown) => error)
      await on.clock.advance(0)
      expect(await answer).toBe(away)
    })

    it('may be a preview, on any node, which changes nothing', async () => {
      const id = await aRetry()
      on.depose()
      const pass = await on.cycle.preview('cli:ada')
      expect(pass).toMatchObject({ kind: 'dry_run', executions: [{ state: 'planned' }] })
      expect(await task(id)).toMatchObject({ status: 'retry' })
      expect(on.store.records.size).toBe(0)
    })
  })

  it('writes nothing once another node leads, and stops', async () => {
    const id = await aRetry()
    await on.loseLease()
    await on.clock.advance(10 * second)
    expect(await task(id)).toMatchObject({ status: 'retry' })
    expect(on.store.records.size).toBe(0)
    expect(on.types()).toEqual(['cycle_idle'])
    expect(on.cycle.view()).toMatchObject({ leads: false, passes: { acted: 0, failed: 0 } })
    expect(on.said()).toContain('Orchestrator stopped: another node leads')
  })

  it('tells when health falls and when it is back', async () => {
    on.state.ledgerErrors = 5
    await on.clock.advance(2 * second)
    on.state.ledgerErrors = 0
    await on.clock.advance(2 * second)
    expect(on.types().filter((type) => type.startsWith('system.'))).toEqual([
      'system.health.degraded',
      'system.health.healthy',
    ])
  })

  it('takes another interval and other rules without a restart', async () => {
    await aRetry()
    const rules = [{ name: 'recent_failures', enabled: false, cooldownMs: null, priority: null, own: null }]
    await on.cycle.setPolicy({ ...on.cycle.policy(), intervalMs: 10 * second, rules })
    await on.clock.advance(second)
    const looks = on.state.looks
    await on.clock.advance(30 * second)
    expect(on.state.looks).toBe(looks + 3)
    expect(on.types()).not.toContain('action_executed')
  })

  it('passes over a rule whose condition fails, tells it once, and goes on', async () => {
    const own = { when: 'jobs.oldest[5].ageMs > 0', do: 'force_run', reason: 'a crowd' } as const
    const rules = [{ name: 'crowd', enabled: true, cooldownMs: null, priority: null, own }]
    await on.cycle.setPolicy({ ...on.cycle.policy(), rules })
    const id = await aRetry()
    await on.clock.advance(20 * second)
    expect(on.said().filter((line) => line.includes('crowd'))).toEqual([
      'the rule crowd is broken and does nothing: its condition fails: there is no jobs.oldest[5], its list is shorter; look at its size() first',
    ])
    expect(await task(id)).toMatchObject({ status: 'pending' })
    expect(on.cycle.view()).toMatchObject({ problem: null, broken: [{ rule: 'crowd' }] })
    expect(on.cycle.complaints()).toEqual([
      expect.stringMatching(/^the rule crowd is broken and does nothing: .*; see jrctl rules explain crowd$/),
    ])
    await on.cycle.setPolicy({ ...on.cycle.policy(), rules: [] })
    expect(on.cycle.complaints()).toEqual([])
  })

  it('forgets what it decided a month ago', async () => {
    await on.stop()
    await begin({ intervalMs: 60 * minute })
    await aRetry()
    const asked = on.cycle.runOnce('cli:ada')
    await on.clock.advance(0)
    expect((await asked)?.succeeded).toBe(1)
    on.calm()
    expect(on.store.records.size).toBe(1)
    await on.clock.advance(29 * 24 * 60 * minute)
    expect(on.store.records.size).toBe(1)
    await on.clock.advance(2 * 24 * 60 * minute)
    expect(on.store.records.size).toBe(0)
  })
})
