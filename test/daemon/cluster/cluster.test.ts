import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { jrName, nodeId } from '../../../src/domain/ids.ts'
import type { ClusterDuties } from '../../../src/ports/cluster-duties.ts'
import { complaintsOf } from '../../../src/daemon/status.ts'
import { worker } from '../../supervisor/setup.ts'
import { fleet, type TestNode } from './cluster-setup.ts'

let on: ReturnType<typeof fleet>
beforeEach(async () => {
  on = fleet()
  await on.shared.notifier.start()
})
afterEach(async () => {
  await on.end()
  expect(on.clock.pending).toBe(0)
})

/** All else that a status may complain of. */
const untroubled: Omit<Parameters<typeof complaintsOf>[0], 'cluster'> = {
  health: { condition: { kind: 'sound' }, subscribe: () => () => {} },
  triggers: { complaint: null },
  stalls: { complaint: () => null },
  memory: { complaint: () => null },
  logs: { complaint: () => null },
  gateway: { complaints: () => [] },
}

const leaderNow = async () => (await on.shared.leadership.leader())?.nodeId
const reigns = ({ ledger }: TestNode) =>
  ledger.entries.map(
    ({ eventType, data }) => `${eventType.replace('cluster.leader_', '')} ${JSON.stringify(data?.['term'])}`,
  )

describe('who leads', () => {
  it('is the first to come, and stays', async () => {
    const a = on.node('a')
    await on.clock.advance(100)
    const b = on.node('b')
    await on.clock.advance(600_000)
    expect(await leaderNow()).toBe('a')
    expect([reigns(a), reigns(b)]).toEqual([['gained 1'], []])
  })

  it('is another within 15 s of a death', async () => {
    const a = on.node('a')
    await on.clock.advance(100)
    const b = on.node('b')
    await on.clock.advance(60_000)
    a.die()
    await on.clock.advance(15_000)
    expect(await leaderNow()).toBe('b')
    expect(reigns(b)).toEqual(['gained 2'])
  })

  it.each([true, false])('is another within a second of a resignation (notified: %s)', async (notified) => {
    const a = on.node('a')
    await on.clock.advance(100)
    if (!notified) await on.shared.notifier.stop()
    const b = on.node('b')
    await on.clock.advance(61_234)
    void a.cluster.stop()
    await on.clock.advance(1_000)
    expect(await leaderNow()).toBe('b')
    expect(reigns(a)).toEqual(['gained 1', 'lost 1'])
    expect(reigns(b)).toEqual(['gained 2'])
  })

  it('is shown, with the nodes and what waits', async () => {
    const a = on.node('a')
    await on.clock.advance(100)
    const b = on.node('b')
    await on.add({}, {})
    await on.clock.advance(30_000)
    void b.cluster.stop().then(() => b.cluster.leave())
    await on.clock.advance(100)
    expect(await a.cluster.view()).toMatchObject({
      leader: { nodeId: 'a', term: 1 },
      nodes: [
        { nodeId: 'a', host: 'host-of-a', state: 'there' },
        { nodeId: 'b', state: 'ended' },
      ],
      unassigned: 2,
      onlineJrs: 0,
    })
    a.die()
    await on.clock.advance(31_000)
    expect((await a.cluster.view()).nodes[0]).toMatchObject({ state: 'silent' })
  })

  it('is nobody else while the database is away, and the same again after a short outage', async () => {
    const a = on.node('a')
    await on.clock.advance(10_000)
    on.queue.failure = new Error('away')
    await on.clock.advance(6_000)
    on.queue.failure = null
    await on.clock.advance(10_000)
    expect(reigns(a)).toEqual(['gained 1'])
    on.queue.failure = new Error('away')
    await on.clock.advance(60_000)
    expect(reigns(a)).toEqual(['gained 1', 'lost 1'])
    on.queue.failure = null
    await on.clock.advance(15_000)
    expect(reigns(a)).toEqual(['gained 1', 'lost 1', 'gained 2'])
  })

  it('is no longer a daemon whose place another took under the same id', async () => {
    const a = on.node('a')
    await on.clock.advance(10_000)
    expect(complaintsOf({ ...untroubled, cluster: a.cluster })).toEqual([])
    await on.shared.nodes.join({ nodeId: nodeId('a'), host: 'copy', version: '1' })
    await on.clock.advance(60_000)
    expect(await leaderNow()).toBeUndefined()
    expect(complaintsOf({ ...untroubled, cluster: a.cluster })).toEqual([
      expect.stringMatching(/^another daemon has started as node a; this one leads no more/),
    ])
    expect(a.said().filter((line) => line.includes('state directory copied'))).toHaveLength(1)
  })
})

describe('a leader that is stopped in a write past its lease', () => {
  it('writes nothing, notices it, and does no more', async () => {
    const gate = Promise.withResolvers<void>()
    const late: string[] = []
    const assign: ClusterDuties['assign'] = async (mandate, placements) => {
      late.push('begun')
      await gate.promise
      const done = await on.shared.duties.assign(mandate, placements)
      late.push(done.led ? 'written' : 'refused')
      return done
    }
    await on.beat('Research Jr.')
    const a = on.node('a', { duties: { assign } })
    await on.clock.advance(100)
    await on.add({})
    await on.clock.advance(2_000)
    expect(late).toEqual(['begun'])
    a.die()
    const b = on.node('b')
    await on.clock.advance(15_000)
    expect(await leaderNow()).toBe('b')
    expect(await on.lines()).toEqual({ 'Research Jr.': 1 })
    gate.resolve()
    await on.clock.advance(1)
    expect(late).toEqual(['begun', 'refused'])
    expect(reigns(a)).toEqual(['gained 1', 'lost 1'])
    expect(reigns(b)).toEqual(['gained 2'])
  })
})

describe('assigning', () => {
  it('spreads what comes over those online, at once', async () => {
    await on.beat('Busy Jr.', 2)
    await on.beat('Idle Jr.')
    on.node('a')
    await on.clock.advance(5_000)
    await on.add({}, {}, {}, {})
    await on.clock.advance(100)
    expect(await on.lines()).toEqual({ 'Busy Jr.': 1, 'Idle Jr.': 3 })
  })

  it('is done by the leader alone, and by the next one after it', async () => {
    await on.beat('Idle Jr.')
    const a = on.node('a')
    await on.clock.advance(100)
    on.node('b')
    a.die()
    await on.add({})
    await on.clock.advance(5_000)
    expect(await on.lines()).toEqual({ nobody: 1 })
    await on.clock.advance(10_000)
    expect(await on.lines()).toEqual({ 'Idle Jr.': 1 })
  })

  it('says once that nobody is online, leaves the tasks, and goes on when somebody comes', async () => {
    const a = on.node('a')
    await on.add({}, {})
    await on.clock.advance(300_000)
    const told = () =>
      a.said().filter((line) => line.includes('without a Jr') || line.includes('waits for a Jr'))
    expect(told()).toEqual(['2 tasks wait without a Jr, and no Jr is online'])
    expect((await on.queue.counts()).byStatus.pending).toBe(2)
    await on.beat('Idle Jr.')
    await on.clock.advance(6_000)
    expect(await on.lines()).toEqual({ 'Idle Jr.': 2 })
    expect(told().at(-1)).toBe('no task waits for a Jr any more')
  })

  it('gives nobody what it does not accept, and says that something is left', async () => {
    const picky = worker({ name: 'Picky Jr.', accepts: { tags: ['code'], when: 'priority <= 3' } })
    const a = on.node('a', { workers: [picky] })
    await on.beat('Picky Jr.')
    await on.add({ tags: ['code'], priority: 1 }, { tags: ['code'], priority: 4 }, { priority: 1 })
    await on.clock.advance(5_000)
    expect(await on.lines()).toEqual({ 'Picky Jr.': 1, nobody: 2 })
    expect(a.said()).toContain('tasks stay without a Jr: none of those online accepts them')
    // A reload changes it.
    a.cluster.redefine([{ ...picky, accepts: null }])
    await on.clock.advance(10_000)
    expect(await on.lines()).toEqual({ 'Picky Jr.': 3 })
  })

  it('takes an expression that fails for one that accepts nothing, and says so once', async () => {
    const member = await on.shared.nodes.join({ nodeId: nodeId('newer'), host: 'h', version: '9' })
    await on.shared.nodes.declare(member, [
      { jrName: jrName('New Jr.'), accepts: { tags: null, when: 'moon_phase == 1' } },
      { jrName: jrName('Odd Jr.'), accepts: { tags: null, when: 'score > 80' } },
    ])
    await on.beat('New Jr.')
    await on.beat('Odd Jr.')
    const a = on.node('a')
    await on.add({}, { score: 90 })
    await on.clock.advance(120_000)
    expect(await on.lines()).toEqual({ nobody: 1, 'Odd Jr.': 1 })
    const told = a.said().filter((line) => line.includes('cannot be told'))
    expect(told).toHaveLength(2)
    expect(told.join('\n')).toContain('Unknown variable: moon_phase')
  })

  it('reaches what lies behind a long line of tasks that nobody accepts', async () => {
    const picky = worker({ name: 'Picky Jr.', accepts: { tags: ['code'], when: null } })
    on.node('a', { workers: [picky] })
    await on.beat('Picky Jr.')
    await on.add(...Array.from({ length: 1_500 }, () => ({ priority: 1 })), { priority: 9, tags: ['code'] })
    await on.clock.advance(5_000)
    expect(await on.lines()).toEqual({ nobody: 1_500, 'Picky Jr.': 1 })
  })
})

describe('sweeping', () => {
  it('is the leader’s: stuck tasks come back, silent Jrs go offline', async () => {
    await on.beat('Gone Jr.')
    const [id] = await on.add({ assignedJr: 'Gone Jr.' })
    if (id === undefined) throw new Error('no task')
    on.queue.writeForeign(id, { status: 'in_progress', startedAt: on.clock.wallMs() })
    const a = on.node('a')
    await on.clock.advance(400_000)
    expect(a.said()).toContain('Gone Jr. was not seen for too long and is marked offline')
    await on.clock.advance(1_500_000)
    expect((await on.queue.get(id))?.task.status).toBe('assigned')
    expect(a.ledger.entries.filter(({ eventType }) => eventType === 'task.rescued')).toMatchObject([
      { actor: 'leader:a', taskId: id },
    ])
  })
})
