import { createConnection } from 'node:net'
import { once } from 'node:events'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createOpenGrants, settleWithinMs } from '../../src/api/capacity/open-grants.ts'
import type { ClaimedView } from '../../src/contract/outputs.ts'
import { apiLimits } from '../../src/contract/routes.ts'
import { taskId } from '../../src/domain/ids.ts'
import type { CapacityGrant } from '../../src/ports/capacity.ts'
import { fakeCapacity } from '../fakes/capacity.ts'
import { fakeClock } from '../fakes/clock.ts'
import { post, raw } from './raw.ts'
import { serve, type Served } from './served.ts'

/** The acquire API as a program of any language meets it. */
describe('capacity over the socket', () => {
  let on: Served
  beforeEach(async () => {
    on = await serve()
  })
  afterEach(() => on.stop())

  const ask = async (what: string, body: object, key?: string) => {
    const headers = key === undefined ? [] : [`Authorization: Bearer ${key}`]
    const { status, text } = await raw(
      on.socketPath,
      post(`/v1/capacity/${what}`, JSON.stringify(body), headers),
    )
    return {
      status,
      ...(JSON.parse(text.slice(text.indexOf('{'), text.lastIndexOf('}') + 1)) as object),
    } as Record<string, unknown>
  }
  const claim = async (): Promise<ClaimedView> => {
    await on.services.queue.add([{ title: 'work', assignedJr: 'a_jr' }], 'test')
    const { attempts } = await on.client.call('claimAttempts', { jr: 'a_jr' })
    const [first] = attempts
    if (first === undefined) throw new Error('nothing was claimed')
    return first
  }

  it('grants, and takes what was used instead of the estimate, once', async () => {
    const granted = await ask('acquire', { task_id: 7, amount: 3 })
    expect(granted).toMatchObject({
      status: 200,
      granted: true,
      taskId: 7,
      amount: 3,
      position: 1,
      capacityPct: 50,
    })
    const settlement = { grant: granted['grant'], used: 2 }
    expect(await ask('settle', settlement)).toMatchObject({ status: 200, settled: true, repeated: false })
    expect(await ask('settle', settlement)).toMatchObject({ status: 200, settled: true, repeated: true })
    expect(on.services.capacity.books).toMatchObject({ reserved: 3, used: 2, inFlight: 0, settlements: 1 })
  })

  it('says how long to wait when there is nothing now', async () => {
    on.services.capacity.units = 0
    expect(await ask('acquire', { task_id: 7 })).toMatchObject({
      status: 200,
      granted: false,
      reason: 'too_late',
      message: 'There is no capacity for task 7 now; probably in 1 s',
      retryAfterMs: 1000,
    })
    on.services.capacity.refuse('too_many')
    expect(await ask('acquire', { task_id: 7, wait_ms: 10 })).toMatchObject({
      granted: false,
      reason: 'too_many',
    })
  })

  it('waits for as long as it was told to', async () => {
    on.services.capacity.units = 0
    const answer = ask('acquire', { task_id: 7, wait_ms: 30_000 })
    await asked(1)
    on.services.capacity.units = 1
    expect(await answer).toMatchObject({ granted: true })
  })

  it('takes the wish of a caller back that hangs up', async () => {
    on.services.capacity.units = 0
    const body = JSON.stringify({ task_id: 7, wait_ms: 30_000 })
    const socket = createConnection(on.socketPath)
    socket.write(post('/v1/capacity/acquire', body))
    await asked(1)
    const gone = on.services.capacity.once('cancelled')
    socket.destroy()
    await Promise.all([once(socket, 'close'), gone])
    expect(on.services.capacity.waiting).toBe(0)
  })

  it('knows the task by the key of its attempt, while that is open', async () => {
    const { key, task } = await claim()
    expect(await ask('acquire', {}, key)).toMatchObject({ granted: true, taskId: task.id, amount: 1 })
    expect(await ask('acquire', { task_id: task.id }, key)).toMatchObject({ granted: true })
    expect(await ask('acquire', { task_id: task.id + 1 }, key)).toMatchObject({
      status: 400,
      error: { message: `task_id: found ${task.id + 1}, allowed ${task.id}, whose attempt key was shown` },
    })
    await raw(on.socketPath, post('/v1/attempts/complete', '{}', [`Authorization: Bearer ${key}`]))
    expect(await ask('acquire', {}, key)).toMatchObject({ status: 409, error: { code: 'attempt.recorded' } })
    expect(await ask('acquire', {}, key.replace(/.$/, 'x'))).toMatchObject({ status: 401 })
  })

  it.each([
    [{}, 'task_id: found nothing, allowed the id of a task in progress'],
    [{ task_id: 0 }, 'task_id: found 0, allowed at least 1'],
    [{ task_id: 1, amount: -1 }, 'amount: found -1, allowed at least 0'],
    [{ task_id: 1, amount: 'many' }, 'amount: found "many", allowed a number'],
    [{ task_id: 1, wait_ms: 30_001 }, `wait_ms: found 30001, allowed at most ${apiLimits.acquireWaitMs}`],
    [{ task_id: 1, waitMs: 1 }, 'waitMs: there is no such field'],
  ])('refuses %j, and says what is allowed', async (body, message) => {
    expect(await ask('acquire', body)).toMatchObject({ status: 400, error: { message, hint: /./ } })
  })

  it('refuses a task that is not in progress, a grant it does not know, and all while it stops', async () => {
    on.services.capacity.order([taskId(1)])
    expect(await ask('acquire', { task_id: 7 })).toMatchObject({
      status: 409,
      error: { code: 'capacity.not_in_progress', hint: expect.stringContaining('jrctl why 7') as string },
    })
    expect(await ask('settle', { grant: 'x', used: 1 })).toMatchObject({ status: 404 })
    on.services.capacity.refuse('stopping')
    expect(await ask('acquire', { task_id: 1 })).toMatchObject({ status: 503 })
  })

  /** Settles when so many have asked. */
  async function asked(count: number): Promise<void> {
    while (on.services.capacity.wishes.length < count) await on.services.capacity.once('asked')
  }
})

describe('grants that are open', () => {
  it('count as having cost their amount when nobody settles them in time', async () => {
    const clock = fakeClock()
    const capacity = fakeCapacity(clock)
    const grants = createOpenGrants(clock)
    const grant = (amount: number): CapacityGrant => {
      const given: CapacityGrant[] = []
      capacity.ask({ holder: taskId(1), amount, lane: null, maxWaitMs: 0 }, (answer) => {
        if (answer.granted) given.push(answer.grant)
      })
      return given[0] as CapacityGrant
    }
    const [early, late] = [grant(5), grant(7)]
    grants.keep(early)
    await clock.advance(1000)
    grants.keep(late)
    await clock.advance(settleWithinMs - 1000)
    expect(capacity.books).toMatchObject({ used: 5, inFlight: 7 })
    expect([grants.settle(early.id, 1), grants.settle(late.id, 1)]).toEqual(['repeated', 'settled'])
    expect(capacity.books).toMatchObject({ used: 6, inFlight: 0 })
    grants.keep(grant(2))
    grants.close()
    expect(capacity.books).toMatchObject({ used: 8, inFlight: 0 })
    expect(clock.pending).toBe(0)
  })
})
