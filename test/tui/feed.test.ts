import { describe, expect, it } from 'vitest'
import type { EventPlace } from '../../src/client/client.ts'
import type { ServerEvent } from '../../src/contract/outputs.ts'
import type { AppEvent } from '../../tui/event.ts'
import { follow } from '../../tui/feed.ts'
import { fakeClock } from '../fakes/clock.ts'
import { statusView } from './fixture.ts'

const snapshot: ServerEvent = { event: 'snapshot', data: statusView() }

/** A daemon whose stream gives these events and then ends, or fails; each element is one connection. */
function following(connections: (ServerEvent[] | Error)[]) {
  const clock = fakeClock()
  const events: AppEvent[] = []
  const attemptsMs: number[] = []
  const places: (string | null | undefined)[] = []
  const ended = new AbortController()
  const client = {
    async events(onEvent: (event: ServerEvent) => void, signal?: AbortSignal, place?: EventPlace) {
      attemptsMs.push(clock.monotonicMs() - 1000)
      places.push(place?.lastId)
      if (place) place.lastId = `place-${attemptsMs.length}`
      const next = connections[attemptsMs.length - 1]
      if (next instanceof Error) throw next
      if (next) for (const event of next) onEvent(event)
      else await new Promise((resolve) => signal?.addEventListener('abort', resolve))
    },
  }
  const done = follow({ client, clock, signal: ended.signal, dispatch: (event) => events.push(event) })
  return { clock, events, attemptsMs, places, done, end: () => ended.abort() }
}

describe('the feed', () => {
  it('shows the snapshot, then tells that something changed, and what the ledger has noted', async () => {
    const { clock, events, end, done } = following([
      [snapshot, { event: 'change', data: { kind: 'positions' } }, { event: 'ledger', data: [] }],
    ])
    await clock.advance(0)
    expect(events.map(({ kind }) => kind)).toEqual(['status', 'link', 'changed', 'noted', 'link'])
    end()
    await done
  })

  it('asks again after events were missed', async () => {
    const { clock, events, end, done } = following([[snapshot, { event: 'missed', data: { count: 3 } }]])
    await clock.advance(0)
    expect(events.map(({ kind }) => kind)).toContain('missed')
    end()
    await done
  })

  it('connects again for ever, rarer and rarer up to five seconds, and says why', async () => {
    const refusals = Array.from({ length: 20 }, () => new Error('No daemon answers'))
    const { clock, events, attemptsMs, end, done } = following(refusals)
    await clock.advance(13_000)
    expect(attemptsMs).toEqual([0, 250, 750, 1750, 3750, 7750, 12_750])
    expect(events[0]).toEqual({
      kind: 'link',
      link: { kind: 'away', reason: 'No daemon answers', retryAtMs: 1250 },
    })
    end()
    await done
    expect(clock.pending).toBe(0)
  })

  it('goes on where it was, which tells no state anew: it is back with the first event, and asks again', async () => {
    const hint: ServerEvent = { event: 'change', data: { kind: 'changed' } }
    const { clock, events, places, end, done } = following([[snapshot], [hint]])
    await clock.advance(300)
    expect(places).toEqual([null, 'place-1'])
    expect(events.slice(3)).toMatchObject([
      { kind: 'changed' },
      { kind: 'link', link: { kind: 'live' } },
      { kind: 'link', link: { kind: 'away' } },
    ])
    end()
    await done
  })

  it('begins anew with short waits once it was connected', async () => {
    const gone = new Error('gone')
    const { clock, attemptsMs, end, done } = following([gone, gone, gone, [snapshot], gone, gone])
    await clock.advance(2800)
    expect(attemptsMs).toEqual([0, 250, 750, 1750, 2000, 2500])
    end()
    await done
  })

  it('ends while it is connected, without a word', async () => {
    const { clock, events, end, done } = following([])
    await clock.advance(100)
    end()
    await done
    expect(events).toEqual([])
  })
})
