import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { exitCode, OperationalError, UserError } from '../../src/errors.ts'
import { taskId } from '../../src/domain/ids.ts'
import { createClient } from '../../src/client/client.ts'
import { systemClock } from '../../src/adapters/clock.ts'
import { get, raw } from './raw.ts'
import { serve, type Served } from './served.ts'

let served: Served
beforeEach(async () => {
  served = await serve()
})
afterEach(() => served.stop())

const add = async (...titles: string[]) =>
  (await served.client.call('addTasks', { tasks: titles.map((title) => ({ title })) })).ids.map(taskId)

const refusal = async (call: Promise<unknown>): Promise<UserError> => {
  const error = await call.then(
    () => undefined,
    (thrown: unknown) => thrown,
  )
  if (error instanceof UserError) return error
  throw new Error(`not refused: ${String(error)}`)
}

describe('tasks over the socket', () => {
  it('adds several at once and answers their ids in order', async () => {
    const ids = await add('one', 'two', 'three')
    const { tasks, nextBefore } = await served.client.call('listTasks', {})
    expect(tasks.map(({ id, title }) => [id, title])).toEqual([
      [ids[2], 'three'],
      [ids[1], 'two'],
      [ids[0], 'one'],
    ])
    expect(nextBefore).toBeNull()
  })

  it('adds none when one of them is refused, and names that one', async () => {
    const error = await refusal(served.client.call('addTasks', { tasks: [{ title: 'fine' }, { title: '' }] }))
    expect(error.message).toBe('tasks[1].title: is empty; say something')
    expect((await served.client.call('listTasks', {})).tasks).toEqual([])
  })

  it('pages by `before` and says when there is more', async () => {
    const ids = await add('a', 'b', 'c')
    const first = await served.client.call('listTasks', { limit: 2 })
    expect(first.nextBefore).toBe(ids[1])
    const second = await served.client.call('listTasks', { limit: 2, before: first.nextBefore ?? 0 })
    expect(second.tasks.map(({ title }) => title)).toEqual(['a'])
  })

  it('filters by statuses, Jr and title, whatever characters these hold', async () => {
    await served.client.call('addTasks', {
      tasks: [{ title: '50 % & more? #ü', assignedJr: 'R&D Jr. ü' }, { title: 'other' }],
    })
    const answer = await served.client.call('listTasks', {
      statuses: ['assigned', 'pending'],
      jr: 'R&D Jr. ü',
      search: '% & more? #ü',
    })
    expect(answer.tasks.map(({ title }) => title)).toEqual(['50 % & more? #ü'])
  })

  it('drops no filter that is given twice: it says where several go', async () => {
    const answer = await raw(served.socketPath, get('/v1/tasks?statuses=failed&statuses=pending'))
    expect(answer.status).toBe(400)
    expect(answer.text).toContain('statuses: found 2 times, allowed once')
  })

  it('shows one with its attempts', async () => {
    const [id = 0] = await add('one')
    const { task, attempts } = await served.client.call('getTask', { id })
    expect(task.title).toBe('one')
    expect(attempts).toEqual([])
  })

  it('changes, cancels, and makes ready again', async () => {
    const [id = 0] = await add('one')
    const set = await served.client.call('setTask', { id, priority: 1, assignedJr: 'a_jr' })
    expect(set).toMatchObject({
      changed: true,
      task: { priority: 1, assignedJr: 'a_jr', status: 'assigned' },
    })
    const cancelled = await served.client.call('cancelTask', { id, reason: 'asked twice' })
    expect(cancelled).toMatchObject({ changed: true, task: { status: 'cancelled' } })
    const again = await served.client.call('retryTask', { id })
    expect(again).toMatchObject({ changed: true, task: { status: 'assigned' } })
  })

  it('answers urgency with the position', async () => {
    const [id = 0] = await add('one')
    const answer = await served.client.call('urgentTask', { id })
    expect(answer).toMatchObject({ changed: true, task: { urgent: true }, position: { position: 1 } })
    expect((await served.client.call('urgentTask', { id, undo: true })).task.urgent).toBe(false)
  })

  it.each(['getTask', 'cancelTask', 'retryTask', 'urgentTask'] as const)(
    'says for %s that an id is unknown, exit 3',
    async (name) => {
      const error = await refusal(served.client.call(name, { id: 999 }))
      expect(error.message).toBe('There is no task 999')
      expect(error.exit).toBe(exitCode.notFound)
    },
  )

  it('says who deleted a task that is gone, where the ledger has it', async () => {
    const [id = 0] = await add('one')
    await served.services.ledger.append({
      eventType: 'task.deleted',
      level: 'info',
      actor: 'cli:ann',
      taskId: taskId(999),
      message: 'task 999 was deleted',
      data: { at: Date.UTC(2026, 0, 2, 3, 4, 5) },
    })
    for (const name of ['getTask', 'whyTask'] as const)
      expect(await refusal(served.client.call(name, { id: 999 }))).toMatchObject({
        message: 'Task 999 is purged or deleted: by cli:ann, at 2026-01-02T03:04:05Z',
        exit: exitCode.notFound,
      })
    expect((await served.client.call('getTask', { id })).finishedBy).toBeNull()
  })

  it('says who ended a task', async () => {
    const [id = 0] = await add('one')
    await served.client.call('cancelTask', { id })
    const moved = {
      eventType: 'task.status_changed',
      level: 'info',
      taskId: taskId(id),
      message: '',
    } as const
    await served.services.ledger.append({ ...moved, actor: 'cli:bob', data: { to: 'retry' } })
    expect((await served.client.call('getTask', { id })).finishedBy).toBeNull()
    await served.services.ledger.append({ ...moved, actor: 'cli:ann', data: { to: 'cancelled' } })
    expect((await served.client.call('getTask', { id })).finishedBy).toBe('cli:ann')
    expect((await served.client.call('whyTask', { id })).reasons[0]?.sentence).toContain('by cli:ann')
  })

  it('says why a task of a worker without instances waits', async () => {
    const { ids } = await served.client.call('addTasks', { tasks: [{ title: 'x', assignedJr: 'off_jr' }] })
    const { reasons } = await served.client.call('whyTask', { id: ids[0] ?? 0 })
    expect(reasons.find(({ kind }) => kind === 'worker_absent')?.next).toBe('jrctl workers scale off_jr 1')
  })

  it('says that a finished task takes no urgency, exit 3, and no change, exit 1', async () => {
    const [id = 0] = await add('one')
    await served.client.call('cancelTask', { id })
    expect(await refusal(served.client.call('urgentTask', { id }))).toMatchObject({ exit: exitCode.notFound })
    const change = await refusal(served.client.call('setTask', { id, assignedJr: 'a_jr' }))
    expect(change).toMatchObject({
      exit: exitCode.failed,
      hint: `It is finished; make it ready again with: jrctl tasks retry ${id}`,
    })
  })

  it('passes the database being away on as that, exit 69', async () => {
    served.services.queue.failure = new OperationalError('the database is away', {
      code: 'db.unreachable',
      retryable: true,
      hint: 'Wait.',
    })
    await expect(served.client.call('listTasks', {})).rejects.toMatchObject({
      name: 'OperationalError',
      code: 'db.unreachable',
      message: 'the database is away',
      hint: 'Wait.',
    })
  })
})

describe('the rest over the socket', () => {
  it('answers health, status and workers', async () => {
    const daemon = { version: '0.0.0', pid: 42, manager: null }
    expect(await served.client.call('health', {})).toEqual({ apiVersion: 1, ok: true, daemon })
    expect(await served.client.call('status', {})).toMatchObject({ version: '1.2.3', daemon: { pid: 42 } })
    expect((await served.client.call('listWorkers', {})).workers).toHaveLength(1)
  })

  it('is asked to end, and says what becomes of the workers', async () => {
    expect(await served.client.call('shutdown', {})).toMatchObject({ stopping: true, workers: 'stop' })
    const wish = { workers: 'leave', successor: 43 } as const
    expect(await served.client.call('shutdown', wish)).toMatchObject({ stopping: true, workers: 'leave' })
    await expect(served.client.call('shutdown', { successor: 0 })).rejects.toThrow(/successor/)
  })

  it('commands workers in the name of who asks, who is self-declared', async () => {
    await served.client.call('commandWorker', { name: 'a_jr', action: 'restart' })
    await served.client.call('commandWorker', { name: 'a_jr', action: 'scale', instances: 3 })
    expect(served.services.asked).toEqual([
      { what: 'restart', by: 'cli:tester (self-declared)' },
      { what: 'scale 3', by: 'cli:tester (self-declared)' },
    ])
  })

  it('names the workers there are when asked for another', async () => {
    const error = await refusal(served.client.call('commandWorker', { name: 'B/Jr. ü', action: 'stop' }))
    expect(error).toMatchObject({ message: 'There is no worker B/Jr. ü', hint: 'There are: a_jr.', exit: 3 })
  })

  it('passes a refusal of the supervisor on, and asks how many to scale to', async () => {
    const resume = served.client.call('commandWorker', { name: 'a_jr', action: 'resume' })
    expect(await refusal(resume)).toMatchObject({ message: 'a_jr is not paused', exit: exitCode.failed })
    const scale = served.client.call('commandWorker', { name: 'a_jr', action: 'scale' })
    expect((await refusal(scale)).message).toContain('instances')
  })

  it('reads, filters and verifies the ledger', async () => {
    const { ledger } = served.services
    await ledger.append({ eventType: 'daemon.started', level: 'info', actor: 'daemon', message: 'up' })
    await ledger.append({
      eventType: 'task.urgent',
      level: 'info',
      actor: 'me',
      taskId: taskId(7),
      message: 'first',
    })
    const entries = async (filter: object) =>
      (await served.client.call('readLedger', filter)).entries.map(({ message }) => message)
    expect(await entries({})).toEqual(['up', 'first'])
    expect(await entries({ type: 'task.*' })).toEqual(['first'])
    expect(await entries({ taskId: 7, limit: 5 })).toEqual(['first'])
    expect(await entries({ afterId: 1 })).toEqual(['first'])
    expect(await entries({ beforeId: 2 })).toEqual(['up'])
    expect(await served.client.call('verifyLedger', {})).toMatchObject({ ok: true, entries: 2 })
  })

  it('reloads, or tells why not, and shuts down', async () => {
    expect(await served.client.call('reload', {})).toEqual({ apiVersion: 1, changed: ['workers'] })
    const breaker = createClient({ ...served, actor: 'breaker', clock: systemClock() })
    expect((await refusal(breaker.call('reload', {}))).message).toContain('jrctl.toml:3')
    expect(await served.client.call('shutdown', {})).toMatchObject({ stopping: true })
    expect(served.services.asked.at(-1)?.what).toBe('shutdown')
  })
})
