import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { LogEvent } from '../../src/contract/logs.ts'
import { logLimits } from '../../src/contract/logs.ts'
import type { Inputs } from '../../src/contract/inputs.ts'
import { OperationalError } from '../../src/errors.ts'
import { fakeLogReader } from '../fakes/log-reader.ts'
import { allDoors, portOf, serve, token, type Served } from './served.ts'
import { get, raw } from './raw.ts'

let served: Served
const open: { stop: AbortController; ended: Promise<void> }[] = []

beforeEach(async () => {
  served = await serve()
})
afterEach(async () => {
  for (const { stop } of open) stop.abort()
  await Promise.all(open.splice(0).map(({ ended }) => ended))
  await served.stop()
})

/** Reads on; `heard` grows. */
function listen(input: Inputs['followLog'] = {}) {
  const stop = new AbortController()
  const heard: LogEvent[] = []
  const ended = served.client.followLog(input, (event) => heard.push(event), { signal: stop.signal })
  open.push({ stop, ended: ended.catch(() => {}) })
  return { heard, stop, ended }
}

const linesOf = (heard: readonly LogEvent[]) =>
  heard.flatMap((event) => (event.event === 'lines' ? event.data.lines.map(({ text }) => text) : []))
const kindsOf = (heard: readonly LogEvent[]) => heard.map(({ event }) => event)

describe('GET /v1/logs', () => {
  it('tells whose log it is, its last lines, the end, then what is written', async () => {
    served.services.log.write('one', 'two', 'three')
    const { heard } = listen({ jr: 'a_jr', instance: 2, lines: 2 })
    await expect.poll(() => kindsOf(heard)).toEqual(['log', 'lines', 'end'])
    expect(heard[0]?.data).toEqual({
      apiVersion: 1,
      jr: 'a_jr',
      instance: 2,
      path: '/logs/a_jr.2.log',
      exists: true,
    })
    served.services.log.write('four')
    await expect.poll(() => linesOf(heard)).toEqual(['two', 'three', 'four'])
  })

  it('ends with what there is when it is not followed', async () => {
    served.services.log.write('one')
    const { heard, ended } = listen({ follow: false })
    await ended
    expect(kindsOf(heard)).toEqual(['log', 'lines', 'end'])
    expect(served.services.log.wishes).toMatchObject([{ lines: logLimits.linesUsual, follow: false }])
  })

  it('hands on what is written as it is: text that a terminal would obey, halves of characters as their sign', async () => {
    const { heard } = listen()
    await expect.poll(() => kindsOf(heard)).toContain('end')
    const bytes = Buffer.from([0x61, 0x1b, 0x5b, 0x32, 0x4a, 0xff])
    served.services.log.write({ kind: 'line', bytes, cutBytes: 0 }, { kind: 'gap', bytes: 7 }, 'next')
    await expect.poll(() => linesOf(heard)).toEqual(['a\u001b[2J\ufffd', 'next'])
    expect(heard.at(-2)).toEqual({ event: 'gap', data: { bytes: 7 } })
  })

  it('cuts long lines and says by how much', async () => {
    const long = Buffer.alloc(logLimits.lineBytes + 5, 'x')
    served.services.log.write({ kind: 'line', bytes: long, cutBytes: 10 })
    const { heard, ended } = listen({ follow: false })
    await ended
    const [line] = heard.flatMap((event) => (event.event === 'lines' ? event.data.lines : []))
    expect([line?.text.length, line?.cutBytes]).toEqual([logLimits.lineBytes, 15])
  })

  it('leaves the log when its reader leaves, and when the daemon stops', async () => {
    const one = listen()
    const two = listen({ latest: true })
    await expect.poll(() => served.services.log.readers).toBe(2)
    one.stop.abort()
    await expect.poll(() => served.services.log.readers).toBe(1)
    await served.server.stop(500)
    await two.ended
    expect(served.services.log.readers).toBe(0)
  })

  it('tells why a log cannot be read any further', async () => {
    const { heard, ended } = listen()
    await expect.poll(() => kindsOf(heard)).toContain('end')
    const hint = 'Look at its owner.'
    served.services.log.break(
      new OperationalError('cannot read it', { code: 'logs.unreadable', retryable: false, hint }),
    )
    await ended
    expect(heard.at(-1)).toEqual({ event: 'failed', data: { message: 'cannot read it', hint } })
  })

  it('for a screen leaves out what is too late, and says how much', async () => {
    served.services.log.write(...Array.from({ length: 3000 }, (_, index) => `line ${index}`))
    const { heard } = listen({ latest: true, lines: 3000 })
    await expect.poll(() => kindsOf(heard)).toContain('end')
    expect(linesOf(heard).at(-1)).toBe('line 2999')
    const missed = heard.flatMap((event) => (event.event === 'missed' ? [event.data.lines] : []))
    expect(missed.reduce((sum, lines) => sum + lines, 0) + linesOf(heard).length).toBe(3000)
    expect(missed).not.toEqual([])
  })

  it('has so many places and no more', async () => {
    const all = Array.from({ length: logLimits.readers }, () => listen())
    await expect.poll(() => served.services.log.readers).toBe(logLimits.readers)
    await expect(served.client.followLog({}, () => {})).rejects.toThrow(/All 32 places/)
    all[0]?.stop.abort()
    await expect.poll(() => served.services.log.readers).toBe(logLimits.readers - 1)
    await served.client.followLog({ follow: false }, () => {})
  })

  it.each([
    ['lines=1&since=2', 400, /allowed one of them/],
    ['lines=1000000', 400, /lines/],
    ['instance=0', 400, /instance/],
    ['follow=perhaps', 400, /follow/],
    ['jr=a_jr&jr=b', 400, /found 2 times/],
  ])('refuses %s', async (query, status, message) => {
    const answer = await raw(served.socketPath, get(`/v1/logs?${query}`))
    expect(answer.status).toBe(status)
    expect(answer.text).toMatch(message)
  })
})

describe('a log that is not there', () => {
  beforeEach(() => {
    served.services.logOf = () => ({ path: '/logs/none.log', reader: fakeLogReader(false) })
  })

  it('is waited for when its worker is configured', async () => {
    const { heard, ended } = listen({ jr: 'a_jr', follow: false })
    await ended
    expect(heard).toMatchObject([{ event: 'log', data: { exists: false } }, { event: 'end' }])
  })

  it('is not found when there is no such worker', async () => {
    await expect(served.client.followLog({ jr: 'x' }, () => {})).rejects.toThrow('There is no worker x')
  })
})

describe('whoever may not read logs', () => {
  beforeEach(async () => {
    await served.stop()
    served = await serve({}, undefined, allDoors())
  })

  const ask = (...headers: string[]) =>
    raw(portOf(served), get('/v1/logs?follow=false', headers).replace('Host: x', 'Host: localhost'))

  it('is refused over TCP without the token, although reading is free there otherwise', async () => {
    const refused = await ask()
    expect(refused.status).toBe(401)
    expect(refused.text).toContain('logs hold what workers print')
    expect(await ask(`Authorization: Bearer ${token}`)).toMatchObject({ status: 200 })
  })
})
