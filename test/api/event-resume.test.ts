import { array, assert as assertProperty, asyncProperty, constantFrom, integer } from 'fast-check'
import { expect, it } from 'vitest'
import { EventLog, parsePlace } from '../../src/api/event-log.ts'
import { EventStream } from '../../src/api/event-stream.ts'
import { isWithin, tellingOf } from '../../src/api/events-route.ts'
import type { ServerEvent } from '../../src/contract/outputs.ts'
import { taskId } from '../../src/domain/ids.ts'
import { fakeServices, type FakeServices } from './daemon-services.ts'

const boots = ['00000001', '00000002', '00000003', '00000004']

/** A daemon that restarts: its events begin anew, its ledger goes on. */
function daemon() {
  const services = fakeServices()
  let starts = 0
  let log = begin()
  function begin(): EventLog {
    const next = new EventLog(services, boots[starts % boots.length] ?? '')
    starts += 1
    next.start()
    return next
  }
  return {
    services,
    get log() {
      return log
    },
    restart() {
      log.stop()
      log = begin()
    },
  }
}

/** One connection, as the route serves it; `end` is the server's or the network's doing. */
function connect(log: EventLog, services: FakeServices, lastId: string | undefined) {
  const seen = parsePlace(lastId)
  const stream = new EventStream(log, seen !== null && isWithin(log, seen) ? seen.seq : null)
  return { telling: tellingOf(stream, seen, { services, log }), end: () => stream.end() }
}

const note = (services: FakeServices, count: number) =>
  Promise.all(
    Array.from({ length: count }, () =>
      services.ledger.append({ eventType: 'task.urgent', level: 'info', actor: 'me', message: 'x' }),
    ),
  )

/** What a client has been told, over all its connections. */
interface Told {
  entries: number[]
  ended: number[]
  missedEntries: number
  /** Events of any kind that came while it was connected, and too slow. */
  missedEvents: number
  /** Of those before it, nothing can be asked: it was given the state instead, or told to ask for it. */
  snapshotAfter: number
}

it('tells each entry of the ledger once and in order, and each end of a task or the state after it, whatever breaks', async () => {
  const steps = array(
    constantFrom('append', 'append', 'end', 'hint', 'read', 'read', 'read', 'break', 'restart', 'burst'),
    { maxLength: 60 },
  )
  await assertProperty(
    asyncProperty(steps, integer({ min: 1, max: 5 }), async (does, pace) => {
      const on = daemon()
      const told: Told = { entries: [], ended: [], missedEntries: 0, missedEvents: 0, snapshotAfter: 0 }
      let appended = 0
      let ends = 0
      let lastId: string | undefined
      let lastGap: { id: string | undefined; missed: number } = { id: undefined, missed: 0 }
      let connection = connect(on.log, on.services, lastId)
      const hear = ({ event, data }: ServerEvent) => {
        if (event === 'ledger') told.entries.push(...data.map(({ id }) => id))
        if (event === 'change' && data.kind === 'ended') told.ended.push(data.taskId)
        if (event === 'gap') {
          // Who breaks off right after it is as far as before, and is told of the same gap again.
          told.missedEntries += data.missedEntries - (lastGap.id === lastId ? lastGap.missed : 0)
          lastGap = { id: lastId, missed: data.missedEntries }
        }
        if (event === 'missed') told.missedEvents += data.count
        if (event === 'snapshot' || event === 'missed') told.snapshotAfter = ends
      }
      const read = async () => {
        const next = await connection.telling.next()
        if (next.done === true) return false
        lastId = next.value.id
        hear(next.value.event)
        return true
      }
      const reconnect = () => {
        connection.end()
        connection = connect(on.log, on.services, lastId)
      }
      const drain = async () => {
        // A hint that comes last tells that all before it was read.
        on.services.change({ kind: 'ended', taskId: taskId(9_999) })
        while (!told.ended.includes(9_999)) if (!(await read())) return
        told.ended = told.ended.filter((id) => id !== 9_999)
      }
      await read()
      for (const step of does) {
        if (step === 'append') appended += (await note(on.services, pace)).length
        if (step === 'burst') appended += (await note(on.services, 700)).length
        if (step === 'end') on.services.change({ kind: 'ended', taskId: taskId(++ends) })
        if (step === 'hint') on.services.change({ kind: 'workers' })
        if (step === 'break') reconnect()
        if (step === 'restart') {
          on.restart()
          reconnect()
        }
        // Reads only what is there: one that would wait is not begun.
        if (step === 'read' && on.log.head > (parsePlace(lastId)?.seq ?? 0)) await read()
      }
      await drain()
      connection.end()
      expect(told.entries).toEqual([...new Set(told.entries)].sort((a, b) => a - b))
      const untoldEntries = appended - told.entries.length - told.missedEntries
      expect(untoldEntries).toBeGreaterThanOrEqual(0)
      expect(untoldEntries).toBeLessThanOrEqual(told.missedEvents)
      const untold = Array.from({ length: ends }, (_, index) => index + 1).filter(
        (id) => !told.ended.includes(id),
      )
      expect(untold.filter((id) => id > told.snapshotAfter)).toEqual([])
      expect(new Set(told.ended).size).toBe(told.ended.length)
    }),
    { numRuns: 60 },
  )
})

it('tells who comes back too late how much is not told again', async () => {
  const on = daemon()
  const first = connect(on.log, on.services, undefined)
  const { value } = await first.telling.next()
  first.end()
  await note(on.services, 1_500)
  on.restart()
  const again = connect(on.log, on.services, value?.id)
  expect((await again.telling.next()).value?.event).toEqual({
    event: 'gap',
    data: { reason: 'restarted', missedEntries: 500 },
  })
  expect((await again.telling.next()).value?.event.event).toBe('snapshot')
  const entries: number[] = []
  while (entries.at(-1) !== 1_500) {
    const next = (await again.telling.next()).value?.event
    if (next?.event === 'ledger') entries.push(...next.data.map(({ id }) => id))
  }
  expect([entries[0], entries.length]).toEqual([501, 1_000])
  again.end()
})

it('takes the word of nobody who makes one up', () => {
  for (const text of ['', '1', 'abc', '00000001-1', '00000001-1-1-1', 'zzzzzzzz-1-1', '00000001--1-1'])
    expect(parsePlace(text)).toBeNull()
})
