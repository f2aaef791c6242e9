import { describe, expect, it } from 'vitest'
import type { ApiClient } from '../../src/client/client.ts'
import { instanceId, jrName, nodeId } from '../../src/domain/ids.ts'
import { pausedReason, type WorkerView } from '../../src/domain/worker.ts'
import type { WorkerChange } from '../../tui/changes/worker.ts'
import { workerChange } from '../../tui/changes/worker.ts'
import { plainText } from '../../tui/line.ts'
import { pages } from '../../tui/pages/pages.ts'
import { screens } from '../../tui/screens/screens.ts'
import { tasksOf } from '../../tui/screens/workers/standing.ts'
import type { AppState } from '../../tui/state.ts'
import { play, position, stateOf, statusView, wide, worker } from './fixture.ts'

const research = jrName('Research Jr.')
const named = (slot: number, more: Partial<WorkerView> = {}) =>
  worker(0, 'running', {
    name: research,
    slot,
    instanceId: instanceId(`r${slot}`),
    stopGraceMs: 10_000,
    ...more,
  })
const fleet = (...workers: WorkerView[]): AppState =>
  play(
    stateOf({
      status: statusView({
        workers,
        positions: [position(1, { worker: research, instanceId: instanceId('r2') }), position(2)],
      }),
      size: wide,
    }),
    '2',
  ).state
const asked = (state: AppState, ...keys: string[]) => play(state, ...keys).state.question
const refused = (state: AppState, ...keys: string[]) => play(state, ...keys).state.message?.text

describe('the workers', () => {
  it('come with those in trouble first, and those at rest last; s has them as configured', () => {
    const all = [
      named(1),
      named(2, { ready: false }),
      named(3, { state: 'paused' }),
      named(4, { state: 'disabled_by_failure' }),
      named(5, { state: 'stopped', schedule: { cron: '@daily', timezone: null, waiting: 0, lastRun: null } }),
    ]
    const state = fleet(...all)
    const slots = (of: AppState) => screens.workers.ids(of).map((id) => Number(id.split(' ').at(-1)))
    expect(slots(state)).toEqual([4, 2, 1, 5, 3])
    expect(slots(play(state, 's').state)).toEqual([1, 2, 3, 4, 5])
    expect(screens.workers.about(state)).toBe('2 well, 1 in trouble, 1 on the way, 1 at rest')
  })

  it('have their task beside them, by the instance that has it', () => {
    const { view } = fleet(named(1), named(2)).status
    expect(tasksOf(named(1), view)).toEqual([])
    expect(tasksOf(named(2), view).map(({ position: place }) => place)).toEqual([1])
    const unnamed = { ...view, positions: [position(1, { worker: research, nodeId: nodeId('node-a') })] }
    expect(tasksOf(named(1), unnamed)).toHaveLength(1)
    expect(tasksOf(named(2), unnamed)).toHaveLength(0)
    const elsewhere = { ...view, positions: [position(1, { worker: research, nodeId: nodeId('node-b') })] }
    expect(tasksOf(named(1), elsewhere)).toHaveLength(0)
  })

  it('keep their numbers, however little room there is', () => {
    const long = jrName('A Jr. with a name that nobody can read at a glance')
    const state = {
      ...fleet(named(1, { name: long }), named(12, { name: long })),
      size: { columns: 60, rows: 24 },
    }
    const rows = screens.workers.lines(state).map(plainText)
    expect(rows.filter((row) => row.includes('… #12 '))).toHaveLength(1)
  })

  it('are shown whole on a page, with what was asked of them', () => {
    const { state, effects } = play(fleet(named(1), named(2)), 'j', 'enter')
    expect(effects).toMatchObject([
      { kind: 'load', source: 'worker', by: { name: research } },
      { kind: 'load', source: 'worker_ledger', by: { name: research } },
    ])
    const text = pages.worker.lines(state, 'Research Jr. 2')?.map(plainText).join('\n')
    expect(text).toMatch(/41 Task number 41 of the fixture · position 1, 50 %/)
    expect(pages.worker.lines(state, 'Gone Jr. 1')?.map(plainText)).toEqual([
      '  This instance is not there any more.',
    ])
  })
})

describe('r, p and S', () => {
  it('say what they would interrupt before they ask for anything', () => {
    const state = fleet(named(1), named(2))
    expect(asked(state, 'j', 'r')).toMatchObject({
      preview:
        'Restart Research Jr. #2? Task 41 (position 1) must finish within 10 s, else the attempt is lost and another one follows.',
      command: 'jrctl workers restart "Research Jr." --instance 2',
      change: { kind: 'worker', id: 'Research Jr. 2', name: research, action: 'restart', instance: 2 },
    })
    expect(asked(state, 'r')?.preview).toBe(
      'Restart Research Jr. #1? It is at no task now and ends within 10 s.',
    )
    expect(asked(state, 'p')?.preview).toMatch(
      /^Pause Research Jr\. with its 2 instances\? It stays so, also/,
    )
    expect(asked(state, 'p')?.command).toBe('jrctl workers pause "Research Jr."')
    expect(asked(state, 'j', 'S')?.command).toBe('jrctl workers stop "Research Jr." --instance 2')
  })

  it('name no instance where there is one, or where runs come and go', () => {
    expect(asked(fleet(named(1)), 'r')?.command).toBe('jrctl workers restart "Research Jr."')
    const run = { schedule: { cron: '@daily', timezone: null, waiting: 0, lastRun: null } }
    expect(asked(fleet(named(1, run), named(2, run)), 'r')?.command).toBe(
      'jrctl workers restart "Research Jr."',
    )
  })

  it('let go on what is paused, and start what is down', () => {
    const paused = fleet(named(1, { state: 'paused', pid: null }))
    expect(asked(paused, 'p')).toMatchObject({
      preview: 'Resume Research Jr.? All its instances start again.',
      change: { action: 'resume', instance: null },
    })
    expect(refused(paused, 'r')).toBe('Research Jr. is paused; p resumes it.')
    expect(refused(paused, 'S')).toBe('Research Jr. is paused; p resumes it.')
    const down = fleet(named(1, { state: 'disabled_by_failure', pid: null }))
    expect(asked(down, 'S')).toMatchObject({ change: { action: 'start' } })
    expect(asked(down, 'r')?.preview).toMatch('its breaker and its waits are forgiven')
  })

  it('ask for no start of what is being paused, by this screen or by another', () => {
    const words = 'Research Jr. is being paused; once it is, p resumes it.'
    const here = play(fleet(named(1)), 'p', 'y').state
    expect([refused(here, 'r'), refused(here, 'S')]).toEqual([words, words])
    const elsewhere = fleet(named(1, { state: 'stopping', reason: pausedReason }))
    expect(refused(elsewhere, 'r')).toBe(words)
    expect(asked(fleet(named(1, { state: 'stopping' })), 'r')?.preview).toMatch('Restart')
  })

  it('do nothing without a worker, and work on its page too', () => {
    for (const key of ['r', 'p', 'S']) expect(refused(fleet(), key)).toBe('No worker is chosen.')
    expect(asked(fleet(named(1), named(2)), 'j', 'enter', 'r')?.change).toMatchObject({ instance: 2 })
  })
})

describe('what was asked for', () => {
  const change: WorkerChange = { id: research, name: research, action: 'pause', instance: null }
  const done = async (more: Partial<WorkerChange>, views: WorkerView[]) => {
    const calls: unknown[] = []
    const call = async (...given: unknown[]) => {
      calls.push(given.slice(0, 2))
      return { apiVersion: 1, workers: views }
    }
    const client = { call: call as unknown as ApiClient['call'] }
    return { calls, ...(await workerChange.do(client, { ...change, ...more }, new AbortController().signal)) }
  }

  it('is asked of the daemon, told, and can be taken back by its opposite', async () => {
    const paused = await done({}, [named(1, { state: 'paused' }), named(2, { state: 'paused' })])
    expect(paused.calls).toEqual([['commandWorker', { name: research, action: 'pause' }]])
    expect(paused.sentence).toBe('Research Jr. is paused. z takes it back.')
    expect(paused.undo?.change).toMatchObject({ action: 'resume' })
  })

  it('names the instance and how it is now; a restart cannot be taken back', async () => {
    const restarted = await done({ action: 'restart', instance: 2 }, [
      named(1, { state: 'backoff' }),
      named(2),
    ])
    expect(restarted.calls).toEqual([['commandWorker', { name: research, action: 'restart', instance: 2 }]])
    expect(restarted.sentence).toBe('Research Jr. #2 was restarted.')
    expect(restarted.undo).toBeNull()
  })
})
