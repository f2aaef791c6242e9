import { expect, it } from 'vitest'
import type { ApiClient } from '../../src/client/client.ts'
import { jrName, taskId } from '../../src/domain/ids.ts'
import type { TaskStatus } from '../../src/domain/task.ts'
import type { WorkerView } from '../../src/domain/worker.ts'
import { perform } from '../../tui/changes/perform.ts'
import { askUrgent } from '../../tui/changes/urgent.ts'
import { stateOf, statusView, worker } from './fixture.ts'

const nobody = jrName('Nobody Jr.')
const own = (state: WorkerView['state'], slot = 1) => worker(0, state, { name: nobody, slot })
const cluster = { leader: null, nodes: [], unassigned: 0, onlineJrs: 1 }

function asked(status: TaskStatus, view: Parameters<typeof statusView>[0], assignedJr = nobody) {
  const task = { id: taskId(24), status, urgent: false, assignedJr }
  return askUrgent(stateOf({ status: statusView(view) }), task).state.question?.preview
}

it('says before a task is made urgent that its Jr was never seen, and what to do', () => {
  const view = { cluster: { ...cluster, unseen: [{ jr: nobody, tasks: 1 }] } }
  const why =
    'but Nobody Jr. was never seen, so nobody claims it. Give it to another: jrctl tasks set 24 --assign NAME'
  expect(asked('assigned', view)).toBe(`Make task 24 urgent? It is assigned, ${why}`)
  expect(asked('scheduled', view)).toBe(
    `Make task 24 urgent? It is scheduled: it is made ready at once, ${why}`,
  )
  expect(asked('assigned', view, jrName('Research Jr.'))).toMatch('will be claimed next')
})

it('says that all instances of its Jr are paused or stopped, and no more once one is up', () => {
  expect(asked('assigned', { workers: [own('paused', 1), own('paused', 2)] })).toBe(
    'Make task 24 urgent? It is assigned, but Nobody Jr. is paused here and claims nothing. Try: jrctl workers resume "Nobody Jr."',
  )
  expect(asked('assigned', { workers: [own('stopped')] })).toMatch('Try: jrctl workers start "Nobody Jr."')
  expect(asked('retry', { workers: [own('stopped', 1), own('running', 2)] })).toBe(
    'Make task 24 urgent? It is retry: it is made ready at once, and will be claimed next.',
  )
})

it('says that no Jr is online for a task of nobody', () => {
  const task = { id: taskId(24), status: 'pending' as const, urgent: false, assignedJr: null }
  const status = statusView({ cluster: { ...cluster, onlineJrs: 0 } })
  expect(askUrgent(stateOf({ status }), task).state.question?.preview).toMatch('but no Jr is online')
})

it('says afterwards what the daemon knows to keep it from being claimed', async () => {
  const answer = {
    changed: true,
    task: { id: 24, status: 'assigned' },
    position: null,
    blocker: { sentence: 'Its worker Nobody Jr. here is paused.', next: "jrctl workers resume 'Nobody Jr.'" },
  }
  const call = (async () => answer) as unknown as ApiClient['call']
  const change = { kind: 'urgent', id: taskId(24), undo: false } as const
  const { sentence } = await perform({ call }, change, new AbortController().signal)
  expect(sentence).toBe(
    "Task 24 is urgent, but nobody can claim it now (z takes it back). Its worker Nobody Jr. here is paused. Try: jrctl workers resume 'Nobody Jr.'",
  )
})
