import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { ClaimedView, ErrorEnvelope } from '../../src/contract/outputs.ts'
import { apiLimits } from '../../src/contract/routes.ts'
import { jrName, taskId } from '../../src/domain/ids.ts'
import { get, post, raw } from './raw.ts'
import { serve, type Served } from './served.ts'

const jr = 'a_jr'

/** The lease API as a program of any language meets it: HTTP on a socket, nothing of ours in between. */
describe('leases over the socket', () => {
  let on: Served
  /** Settles when the queue was asked for work, and had none: who waits now waits for a notice. */
  let askedInVain: Promise<void>
  /** Settles when somebody who waited waits no more. */
  let stoppedWaiting: Promise<void>
  beforeEach(async () => {
    on = await serve()
    const { attempts } = on.services
    const vain = Promise.withResolvers<void>()
    const stopped = Promise.withResolvers<void>()
    askedInVain = vain.promise
    stoppedWaiting = stopped.promise
    const { queue } = attempts
    const subscribe = attempts.subscribe.bind(attempts)
    attempts.queue = {
      ...queue,
      async claim(request) {
        const claimed = await queue.claim(request)
        if (claimed.length === 0) vain.resolve()
        return claimed
      },
    }
    attempts.subscribe = (listener) => {
      const leave = subscribe(listener)
      return () => {
        leave()
        stopped.resolve()
      }
    }
  })
  afterEach(() => on.stop())

  const add = async (title = 'work'): Promise<number> => {
    const [id] = await on.services.queue.add([{ title, assignedJr: jr }], 'test')
    return id ?? 0
  }
  const ask = async (what: string, body: object = {}, key?: string) => {
    const headers = key === undefined ? [] : [`Authorization: Bearer ${key}`]
    const { status, text } = await raw(
      on.socketPath,
      post(`/v1/attempts/${what}`, JSON.stringify(body), headers),
    )
    const shape = JSON.parse(text.slice(text.indexOf('{'), text.lastIndexOf('}') + 1)) as Record<
      string,
      unknown
    > &
      Partial<ErrorEnvelope>
    return { status, text, shape }
  }
  const claim = async (more: object = {}): Promise<ClaimedView[]> => {
    const { shape } = await ask('claim', { jr, ...more })
    return shape['attempts'] as ClaimedView[]
  }
  const claimOne = async (more: object = {}): Promise<ClaimedView> => {
    const [first] = await claim(more)
    if (first === undefined) throw new Error('nothing was claimed')
    return first
  }
  const stateOf = async (id: number) => (await on.services.queue.get(taskId(id)))?.task

  it('hands out a task with its key, and takes its result under it', async () => {
    const id = await add('read the logs')
    const attempt = await claimOne()
    expect(attempt).toMatchObject({ jr, attempt: 1, leaseMs: 60_000, task: { id, title: 'read the logs' } })
    expect(JSON.stringify(attempt)).not.toContain('fence')
    expect(await ask('progress', { percent: 40, note: 'half' }, attempt.key)).toMatchObject({ status: 200 })
    expect(await stateOf(id)).toMatchObject({ progressPercent: 40, progressNote: 'half' })
    expect(await ask('complete', { result: { lines: 3 } }, attempt.key)).toMatchObject({
      status: 200,
      shape: { apiVersion: 1, accepted: true },
    })
    expect(await stateOf(id)).toMatchObject({ status: 'completed', result: { lines: 3 } })
  })

  it('takes the same last word twice, since an answer may be lost, and says that the first stands', async () => {
    const id = await add()
    const { key } = await claimOne()
    expect((await ask('complete', { result: 1 }, key)).shape).toMatchObject({ repeated: false })
    expect(await ask('complete', { result: 2 }, key)).toMatchObject({
      status: 200,
      shape: { accepted: true, repeated: true },
    })
    expect(await stateOf(id)).toMatchObject({ result: 1 })
    const other = await ask('fail', { error: 'no' }, key)
    expect(other.status).toBe(409)
    expect(other.shape.error?.message).toMatch(/ended already: completed/)
  })

  it('fails attempts as asked, and says when the next one comes', async () => {
    const id = await add()
    const { key } = await claimOne()
    const retry = await ask('fail', { error: 'boom' }, key)
    expect(retry.shape).toMatchObject({ status: 'retry', attempt: 1, repeated: false })
    expect(retry.shape['retryAt']).toBeTypeOf('number')
    const again = await ask('fail', { error: 'boom' }, key)
    expect(again.shape).toMatchObject({ status: 'retry', attempt: 1, repeated: true })
    const last = await add()
    const final = await claimOne()
    expect((await ask('fail', { error: 'never', kind: 'final' }, final.key)).shape).toMatchObject({
      status: 'failed',
      retryAt: null,
    })
    expect(await stateOf(id)).toMatchObject({ status: 'retry' })
    expect(await stateOf(last)).toMatchObject({ status: 'failed', error: 'never' })
  })

  it('gives a task back unharmed', async () => {
    const id = await add()
    const { key } = await claimOne()
    expect((await ask('release', { reason: 'tired' }, key)).shape).toMatchObject({ repeated: false })
    expect((await ask('release', {}, key)).shape).toMatchObject({ repeated: true })
    expect(await stateOf(id)).toMatchObject({ status: 'assigned', attempts: 0 })
  })

  it('renews by the length that was claimed, or another', async () => {
    await add()
    const { key } = await claimOne({ leaseMs: 90_000 })
    expect((await ask('renew', {}, key)).shape).toMatchObject({ leaseMs: 90_000 })
    expect((await ask('renew', { leaseMs: 5_000 }, key)).shape).toMatchObject({ leaseMs: 5_000 })
  })

  it('tells whose attempt was ended by others, and why', async () => {
    const id = taskId(await add())
    const { key } = await claimOne()
    await on.services.queue.cancel(id, 'test', '')
    for (const what of ['renew', 'progress', 'complete', 'fail', 'release']) {
      const { status, shape } = await ask(
        what,
        what === 'progress' ? { percent: 1 } : what === 'fail' ? { error: 'x' } : {},
        key,
      )
      expect([what, status, shape.error?.code]).toEqual([what, 409, 'attempt.cancelled'])
    }
  })

  it('knows no other key', async () => {
    await add()
    const { key } = await claimOne()
    const wrong = key.replace(/.$/, (last) => (last === '0' ? '1' : '0'))
    for (const stranger of [undefined, 'nonsense', wrong, `jrk-999-${key.slice(-64)}`]) {
      const { status, shape, text } = await ask('complete', {}, stranger)
      expect([stranger, status, shape.error?.code]).toEqual([stranger, 401, 'attempt.key_unknown'])
      expect(text.toLowerCase()).toContain('www-authenticate: bearer')
    }
    expect((await ask('complete', {}, key.slice(-64))).status).toBe(200)
  })

  it('claims several at once, each under a key of its own', async () => {
    for (let index = 0; index < 3; index += 1) await add(`task ${index}`)
    const attempts = await claim({ count: 5 })
    expect(attempts.map(({ task }) => task.title)).toEqual(['task 0', 'task 1', 'task 2'])
    expect(new Set(attempts.map(({ key }) => key)).size).toBe(3)
    expect(await claim()).toEqual([])
  })

  it('waits for work, and is woken by it', async () => {
    const waiting = claim({ waitMs: 30_000 })
    await askedInVain
    await add('late')
    on.services.change({ kind: 'work', jrName: jrName(jr) })
    expect(await waiting).toMatchObject([{ task: { title: 'late' } }])
    // The one that is left is the log of events.
    expect(on.services.subscribers).toBe(1)
  })

  it('lets so many wait, and tells the next to come again', async () => {
    const places = apiLimits.waitingClaims
    const left = new AbortController()
    let asked = 0
    const everybodyAsked = Promise.withResolvers<void>()
    const { queue } = on.services.attempts
    on.services.attempts.queue = {
      ...queue,
      claim: async () => {
        if (++asked === places) everybodyAsked.resolve()
        return []
      },
    }
    const waiting = Array.from({ length: places }, () =>
      on.client.call('claimAttempts', { jr, waitMs: 30_000 }, left.signal).catch(() => 'gone'),
    )
    await everybodyAsked.promise
    expect(await ask('claim', { jr })).toMatchObject({
      status: 503,
      shape: { error: { code: 'attempts.full' } },
    })
    left.abort()
    await Promise.all(waiting)
  })

  it('claims nothing for a caller who has left', async () => {
    const left = new AbortController()
    const waiting = on.client.call('claimAttempts', { jr, waitMs: 30_000 }, left.signal).catch(() => 'gone')
    await askedInVain
    left.abort()
    await waiting
    await stoppedWaiting
    const id = await add()
    on.services.change({ kind: 'work', jrName: jrName(jr) })
    expect(await stateOf(id)).toMatchObject({ status: 'assigned' })
    expect(await claim()).toHaveLength(1)
  })

  it('shows its workers as present', async () => {
    await add()
    const { key } = await claimOne({ worker: 'crab-1' })
    await claimOne({ worker: 'instance' }).catch(() => {})
    const seen = await on.services.queue.instances()
    expect(seen.map(({ instanceId, jrName: name }) => [instanceId, name])).toEqual(
      expect.arrayContaining([
        [expect.stringMatching(/^api-[0-9a-f]{16}-crab-1$/), jr],
        ['instance', jr],
      ]),
    )
    expect(await on.services.queue.jrs()).toMatchObject([{ jrName: jr, online: true }])
    expect((await ask('release', {}, key)).status).toBe(200)
  })

  it('shows nobody as present once it has stopped', async () => {
    await claim({ worker: 'crab-1' })
    expect(await on.services.queue.instances()).toHaveLength(1)
    await on.stop()
    expect(await on.services.queue.instances()).toEqual([])
  })

  it('says why nothing is claimed', async () => {
    await add()
    on.services.hold('the daemon is stopping')
    expect(await ask('claim', { jr })).toMatchObject({
      status: 503,
      shape: { error: { code: 'attempts.held' } },
    })
  })

  it.each([
    ['claim', { jr: '' }],
    ['claim', { jr, count: 101 }],
    ['claim', { jr, waitMs: 30_001 }],
    ['claim', { jr, leaseMs: 10 }],
    ['claim', { jr, keyHashes: ['x'] }],
    ['progress', { percent: 101 }],
    ['progress', { percent: Number.NaN }],
    ['fail', {}],
    ['fail', { error: 'x', kind: 'maybe' }],
    ['fail', { error: 'x'.repeat(20_000) }],
    ['release', { reason: 7 }],
  ])('refuses %s with %j', async (what, body) => {
    expect((await ask(what, body, `jrk-1-${'0'.repeat(64)}`)).status).toBe(400)
  })

  it('is not to be asked by GET', async () => {
    expect((await raw(on.socketPath, get('/v1/attempts/claim'))).status).toBe(404)
  })
})
