import { afterEach, describe, expect, it } from 'vitest'
import type { AlertChannelPolicy } from '../../../src/config/policy.ts'
import { createAlertDesk, type AlertDesk } from '../../../src/daemon/alerts/alert-desk.ts'
import type { NewLedgerEntry } from '../../../src/domain/ledger-event.ts'
import { taskId } from '../../../src/domain/ids.ts'
import { fakeClock } from '../../fakes/clock.ts'
import { fakeLedger } from '../../fakes/ledger.ts'
import { fakeLogger } from '../../fakes/logger.ts'
import { fakeRandom } from '../../fakes/random.ts'
import { fakeStateHealth } from '../../fakes/state-health.ts'
import { fakeStateStore } from '../../fakes/state-store.ts'
import { broken, channelPolicy, delivered, fakeReceiver, type FakeReceiver } from './setup.ts'

const minute = 60_000

/** A machine on which one daemon follows the other. */
function machine() {
  const clock = fakeClock()
  const ledger = fakeLedger(clock)
  const store = fakeStateStore()
  const health = fakeStateHealth()
  const logger = fakeLogger()
  const receivers = new Map<string, FakeReceiver>()
  let isLeading = true
  const receiver = (name = 'ops'): FakeReceiver => {
    const known = receivers.get(name) ?? fakeReceiver()
    receivers.set(name, known)
    return known
  }
  const desk = (...channels: AlertChannelPolicy[]): AlertDesk =>
    createAlertDesk({
      channels: channels.length === 0 ? [channelPolicy()] : channels,
      senderOf: ({ name }) => receiver(name),
      nodeId: 'n-1',
      leads: () => isLeading,
      ledger,
      health,
      store,
      clock,
      logger,
      random: fakeRandom(1),
    })
  const note = (eventType: NewLedgerEntry['eventType'], more: Partial<NewLedgerEntry> = {}): void =>
    ledger.note({ eventType, level: 'error', actor: 'daemon', message: `${eventType}!`, ...more })
  return {
    clock,
    ledger,
    store,
    health,
    logger,
    receiver,
    desk,
    note,
    leads: (does: boolean) => void (isLeading = does),
    told: (name = 'ops') => receiver(name).messages.map(({ change, summary }) => `${change} ${summary}`),
  }
}

const death = (id: number): Partial<NewLedgerEntry> => ({
  taskId: taskId(id),
  data: { to: 'failed' },
  dedupeKey: `task:q:${id}:1`,
})

describe('the desk of alerts', () => {
  let on = machine()
  let desk: AlertDesk | undefined
  const begin = (...channels: AlertChannelPolicy[]): AlertDesk => {
    desk = on.desk(...channels)
    desk.start()
    return desk
  }
  const end = async (): Promise<void> => {
    const ended = desk?.stop()
    await on.clock.advance(10_000)
    await ended
    desk = undefined
  }

  afterEach(async () => {
    await end()
    expect(on.clock.pending).toBe(0)
    on = machine()
  })

  it('tells what happens, and nothing of what was before it was first there', async () => {
    on.note('database.lost')
    begin()
    on.note('breaker.opened', { worker: 'a_jr' })
    on.note('worker.starting', { worker: 'a_jr' })
    await on.clock.advance(0)
    expect(on.told()).toEqual(['raised breaker.opened!'])
    expect(on.receiver().messages[0]).toMatchObject({ node: 'n-1', id: 'n-1:2', test: false })
  })

  it('tells each channel what it wants to know', async () => {
    begin(channelPolicy({ topics: ['database'] }), channelPolicy({ name: 'pager', topics: ['worker'] }))
    on.note('database.lost')
    on.note('breaker.opened', { worker: 'a_jr' })
    await on.clock.advance(0)
    expect(on.told()).toEqual(['raised database.lost!'])
    expect(on.told('pager')).toEqual(['raised breaker.opened!'])
  })

  it('folds a burst, and tells the rest of it when the interval is over', async () => {
    begin()
    for (let id = 1; id <= 300; id++) on.note('task.status_changed', death(id))
    await on.clock.advance(minute - 1)
    expect(on.told()).toEqual(['told task 1 is dead'])
    await on.clock.advance(1)
    expect(on.told().at(-1)).toBe('told task 300 is dead (the last of 299 within 1 min)')
    expect(on.receiver().messages).toHaveLength(2)
  })

  it('tries again what is not taken, in order, and says meanwhile that it cannot', async () => {
    const ops = begin()
    on.receiver().answers(broken)
    on.note('database.lost')
    on.note('breaker.opened', { worker: 'a_jr' })
    await on.clock.advance(0)
    expect(ops.complaints()).toEqual(['alerts do not reach ops (2 wait): HTTP 500'])
    await on.clock.advance(10_000)
    expect(new Set(on.receiver().messages.map(({ id }) => id))).toEqual(new Set(['n-1:1']))
    on.receiver().answers(delivered)
    await on.clock.advance(10_000)
    expect(on.told().at(-1)).toBe('raised breaker.opened!')
    expect(ops.complaints()).toEqual([])
    expect(on.logger.lines.filter(({ level }) => level === 'warn')).toHaveLength(1)
    expect(on.logger.lines.filter(({ level }) => level === 'info')).toHaveLength(1)
  })

  it('outlives a sender that throws', async () => {
    const ops = begin()
    on.receiver().send = () => Promise.reject(new Error('no way'))
    on.note('database.lost')
    await on.clock.advance(0)
    expect(ops.complaints()).toEqual(['alerts do not reach ops (1 wait): no way'])
  })

  it('gives up in the end, writes it down, and says so with the next one', async () => {
    begin()
    on.receiver().answers({ ...broken, isRefused: true })
    on.note('database.lost')
    await on.clock.advance(10 * minute)
    expect(on.ledger.entries.at(-1)).toMatchObject({
      eventType: 'alert.lost',
      level: 'warn',
      data: { count: 1 },
    })
    on.receiver().answers(delivered)
    on.note('breaker.opened', { worker: 'a_jr' })
    await on.clock.advance(10 * minute)
    expect(on.receiver().messages.at(-1)).toMatchObject({ lost: 1, key: 'breaker:a_jr' })
  })

  it('goes on after a restart: what waited is sent, what was written down meanwhile is told, nothing twice', async () => {
    begin()
    on.note('breaker.opened', { worker: 'a_jr' })
    await on.clock.advance(1_000)
    on.receiver().answers(broken)
    on.note('breaker.opened', { worker: 'b_jr' })
    await on.clock.advance(1_000)
    await end()
    on.note('breaker.opened', { worker: 'c_jr' })
    on.receiver().answers(delivered)
    begin()
    await on.clock.advance(minute)
    const delivering = on.receiver().messages.map(({ key }) => key)
    expect(delivering.filter((key) => key === 'breaker:a_jr')).toHaveLength(1)
    expect(delivering.slice(-2)).toEqual(['breaker:b_jr', 'breaker:c_jr'])
  })

  it('tells the same again, by the same name, after a crash that left no place to go on from', async () => {
    begin()
    on.note('breaker.opened', { worker: 'a_jr' })
    await on.clock.advance(300)
    const saved = on.store.get('alerts')
    on.note('breaker.opened', { worker: 'b_jr' })
    await on.clock.advance(0)
    await end()
    on.store.put('alerts', saved ?? null)
    begin()
    await on.clock.advance(0)
    const ids = on.receiver().messages.map(({ id }) => id)
    expect(ids).toEqual(['n-1:1', 'n-1:2', 'n-1:2'])
  })

  it('tells nothing that is older than an hour when it comes back', async () => {
    begin()
    await on.clock.advance(0)
    await end()
    on.note('breaker.opened', { worker: 'a_jr' })
    await on.clock.advance(61 * minute)
    begin()
    await on.clock.advance(0)
    expect(on.told()).toEqual([])
  })

  it('clears after a restart what the end of the daemon made over, and leaves alone what lasts', async () => {
    begin()
    on.note('database.lost')
    on.note('breaker.opened', { worker: 'a_jr' })
    await on.clock.advance(2 * minute)
    await end()
    begin()
    await on.clock.advance(0)
    expect(on.told().slice(2)).toEqual(['cleared over since the daemon was started anew'])
    expect(on.receiver().messages.at(-1)?.key).toBe('database:n-1')
  })

  it('tells of a full disk although the ledger waits for it as well', async () => {
    begin()
    on.health.become({ kind: 'full', reason: 'state disk full' })
    await on.clock.advance(0)
    expect(on.told()).toEqual(['raised state disk full; no new tasks are claimed on this node'])
    await on.clock.advance(minute)
    on.health.become({ kind: 'sound' })
    await on.clock.advance(0)
    expect(on.told().at(-1)).toBe('cleared the local state takes writes again')
  })

  describe('with other nodes', () => {
    it('leaves to the leader what all of them see', async () => {
      on.leads(false)
      begin()
      on.note('task.status_changed', death(1))
      on.note('database.lost')
      await on.clock.advance(0)
      expect(on.told()).toEqual(['raised database.lost!'])
    })

    it('tells, when it takes over, what a dead leader told nobody; by names that show what he did tell', async () => {
      on.leads(false)
      begin()
      on.note('task.status_changed', death(1))
      await on.clock.advance(40_000)
      on.note('task.status_changed', death(2))
      await on.clock.advance(10_000)
      on.leads(true)
      on.note('cluster.leader_gained', { level: 'info', data: { term: 4 } })
      await on.clock.advance(0)
      expect(on.told()).toEqual(['told task 2 is dead', 'told cluster.leader_gained!'])
      expect(on.receiver().messages[0]?.id).toBe('task:q:2:1')
    })

    it('raises again what it raised in an earlier reign, for another has told of it since', async () => {
      begin()
      on.note('system.health.critical')
      await on.clock.advance(10 * minute)
      on.note('cluster.leader_gained', { level: 'info', data: { term: 9 } })
      on.note('system.health.critical')
      await on.clock.advance(0)
      expect(on.told().filter((words) => words.includes('health'))).toHaveLength(2)
    })
  })

  it('keeps over a reload what waits, and drops with a channel what was for it', async () => {
    const both = begin(channelPolicy(), channelPolicy({ name: 'pager' }))
    on.receiver().answers(broken)
    on.note('database.lost')
    await on.clock.advance(0)
    both.define([channelPolicy()])
    await on.clock.advance(0)
    on.receiver().answers(delivered)
    on.note('breaker.opened', { worker: 'a_jr' })
    await on.clock.advance(minute)
    expect(on.told().slice(-2)).toEqual(['raised database.lost!', 'raised breaker.opened!'])
    expect(on.told('pager')).toEqual(['raised database.lost!'])
  })

  it('does nothing at all without channels, until there is one', async () => {
    desk = createAlertDesk({
      channels: [],
      senderOf: () => on.receiver(),
      nodeId: 'n-1',
      leads: () => true,
      ledger: on.ledger,
      health: on.health,
      store: on.store,
      clock: on.clock,
      logger: on.logger,
      random: fakeRandom(1),
    })
    desk.start()
    on.note('database.lost')
    await on.clock.advance(minute)
    expect(on.store.get('alerts')).toBeUndefined()
    desk.define([channelPolicy()])
    await on.clock.advance(0)
    on.note('breaker.opened', { worker: 'a_jr' })
    await on.clock.advance(0)
    expect(on.told()).toEqual(['raised breaker.opened!'])
  })

  it('ends in bounded time, whatever its receiver does, and sends the rest the next time', async () => {
    begin()
    on.receiver().hangs()
    on.note('database.lost')
    await on.clock.advance(0)
    const ended = desk?.stop()
    await on.clock.advance(2_000)
    await ended
    on.receiver().answers(delivered)
    begin()
    await on.clock.advance(0)
    expect(on.told()).toEqual(['raised database.lost!', 'raised database.lost!'])
  })
})
