import { afterEach, describe, expect, it } from 'vitest'
import type { ApiClient } from '../../src/client/client.ts'
import type { ServerEvent } from '../../src/contract/outputs.ts'
import { streamTop } from '../../tui/stream.ts'
import type { StreamLine } from '../../tui/stream-lines.ts'
import { entry } from '../domain/alerts/any.ts'
import { fakeClock } from '../fakes/clock.ts'
import { statusView } from './fixture.ts'

const change: ServerEvent = { event: 'change', data: { kind: 'positions' } }

interface Connection {
  tell(event: ServerEvent): void
  breakOff(): void
}

/** A stream from a daemon whose state is numbered by how often it was asked for. */
function streaming() {
  const clock = fakeClock()
  const lines: { atMs: number; line: StreamLine }[] = []
  const notes: string[] = []
  const daemon = { isThere: true, isForgetful: true, asked: 0, connections: [] as Connection[] }
  const reader = { room: Promise.resolve() }
  const ending = new AbortController()
  const status = () => statusView({ queueAgeMs: daemon.asked })
  const client = {
    async call() {
      daemon.asked += 1
      return status()
    },
    async events(onEvent: (event: ServerEvent) => void, signal?: AbortSignal) {
      if (!daemon.isThere) throw new Error('No daemon answers')
      onEvent(daemon.isForgetful ? { event: 'snapshot', data: status() } : { event: 'ledger', data: [] })
      await new Promise<void>((resolve) => {
        daemon.connections.push({ tell: onEvent, breakOff: resolve })
        signal?.addEventListener('abort', () => resolve())
      })
    },
  } as unknown as Pick<ApiClient, 'call' | 'events'>
  const done = streamTop({
    client,
    clock,
    signal: ending.signal,
    write: (line) => void lines.push({ atMs: clock.monotonicMs() - 1000, line }),
    room: () => reader.room,
    note: (text) => void notes.push(text),
  })
  open.push(() => {
    ending.abort()
    return done
  })
  const tell = (event: ServerEvent) => daemon.connections.at(-1)?.tell(event)
  const kinds = () => lines.map(({ atMs, line }) => `${atMs} ${line.kind}`)
  return { clock, lines, notes, daemon, reader, tell, kinds, end: () => ending.abort(), done }
}
const open: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const end of open.splice(0)) await end()
})

describe('top as lines', () => {
  it('begins with the state, at once', async () => {
    const { clock, kinds } = streaming()
    await clock.advance(0)
    expect(kinds()).toEqual(['0 status'])
  })

  it('tells the state again at most twice a second however often it changes, and the last change', async () => {
    const { clock, kinds, lines, tell } = streaming()
    await clock.advance(0)
    for (let changes = 0; changes < 100; changes++) {
      tell(change)
      await clock.advance(20)
    }
    await clock.advance(500)
    expect(kinds()).toEqual(['0 status', '500 status', '1000 status', '1500 status', '2000 status'])
    expect(lines.at(-1)?.line).toMatchObject({ kind: 'status', status: { queueAgeMs: 4 } })
  })

  it('tells what was noted, and the state every five seconds though nothing happens', async () => {
    const { clock, kinds, lines, tell } = streaming()
    await clock.advance(1000)
    tell({ event: 'ledger', data: [entry('worker.waiting', { id: 7 })] })
    tell({ event: 'ledger', data: [entry('worker.waiting', { id: 8 })] })
    await clock.advance(9000)
    expect(kinds()).toEqual(['0 status', '1000 ledger', '1500 ledger', '5000 status', '10000 status'])
    expect(lines[2]?.line).toMatchObject({ kind: 'ledger', entries: [{ id: 8 }] })
  })

  it('says once that the daemon is away, and goes on when it is back', async () => {
    const { clock, daemon, kinds, notes } = streaming()
    await clock.advance(1000)
    daemon.isThere = false
    daemon.connections.at(-1)?.breakOff()
    await clock.advance(20_000)
    expect(kinds()).toEqual(['0 status', '1000 away'])
    expect(notes).toEqual(['The daemon is stopping; waiting for the daemon'])
    daemon.isThere = true
    await clock.advance(3900)
    expect(kinds().slice(2)).toEqual([expect.stringMatching(/ status$/)])
    expect(notes.slice(1)).toEqual(['The daemon is back'])
  })

  it('asks for the state of a daemon that only goes on with its events', async () => {
    const { clock, daemon, kinds } = streaming()
    await clock.advance(1000)
    daemon.isForgetful = false
    daemon.connections.at(-1)?.breakOff()
    await clock.advance(2000)
    expect(kinds().map((line) => line.split(' ')[1])).toEqual(['status', 'away', 'status'])
    expect(daemon.asked).toBe(1)
  })

  it('takes no more in than its reader takes out: it asks nothing meanwhile, and then tells the latest', async () => {
    const { clock, daemon, kinds, reader, tell } = streaming()
    await clock.advance(0)
    let makeRoom = () => {}
    reader.room = new Promise((resolve) => {
      makeRoom = resolve
    })
    for (let changes = 0; changes < 10; changes++) {
      tell(change)
      await clock.advance(1000)
    }
    const written = ['0 status', '500 status']
    expect({ kinds: kinds(), asked: daemon.asked }).toEqual({ kinds: written, asked: 1 })
    makeRoom()
    await clock.advance(100)
    expect({ kinds: kinds(), asked: daemon.asked }).toEqual({
      kinds: [...written, '10000 status'],
      asked: 2,
    })
  })

  it('ends without a word or a timer', async () => {
    const { clock, end, done, notes } = streaming()
    await clock.advance(100)
    end()
    await done
    expect({ notes, timers: clock.pending }).toEqual({ notes: [], timers: 0 })
  })
})
