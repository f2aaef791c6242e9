import { describe, expect, it } from 'vitest'
import { endingIn } from '../../src/main/run-worker-ended.ts'
import { invocationIn } from '../../src/main/unit-invocation.ts'
import { workerMeant } from '../../src/main/worker-meant.ts'
import { scheduled } from '../supervisor/runs/setup.ts'
import { policy as supervisor, worker } from '../supervisor/setup.ts'

const policy = {
  supervisor: { ...supervisor, workers: 'units' as const },
  workers: [worker({ instances: 2 }), scheduled()],
}
const unit = 'jr-queue-worker@Research\\x20Jr.'

describe('the worker that is meant', () => {
  it.each([
    [{ unit: `${unit}.service` }, 1],
    [{ unit: `${unit}:2.service` }, 2],
    [{ name: 'Research Jr.', instance: 2 }, 2],
  ])('by %j is instance %i', (question, instance) => {
    expect(workerMeant(question, policy)).toEqual({ definition: policy.workers[0], instance })
  })

  it.each([
    [{ unit: 'sshd.service' }, 'sshd.service is no unit of a worker'],
    [{ name: 'Nobody Jr.', instance: 1 }, 'there is no worker Nobody Jr. in the configuration'],
    [{ name: 'Research Jr.', instance: 3 }, 'Research Jr. has 2 instances, and this is number 3'],
    [{ name: 'Report Jr.', instance: 1 }, 'Report Jr. has a schedule'],
  ])('is refused: %j', (question, message) => {
    expect(() => workerMeant(question, policy)).toThrow(message)
  })

  it('is nobody where the daemon runs the workers: two fleets would do everything twice', () => {
    const spawning = { ...policy, supervisor: { ...supervisor, workers: 'spawn' as const } }
    expect(() => workerMeant({ name: 'Research Jr.', instance: 1 }, spawning)).toThrow(
      'the daemon runs the workers of this configuration',
    )
  })
})

it.each([
  [{ SERVICE_RESULT: 'exit-code', EXIT_CODE: 'exited', EXIT_STATUS: '3' }, 'exited with code 3'],
  [{ SERVICE_RESULT: 'signal', EXIT_CODE: 'killed', EXIT_STATUS: 'KILL' }, 'was killed by SIGKILL'],
  [
    { SERVICE_RESULT: 'watchdog', EXIT_CODE: 'killed', EXIT_STATUS: 'ABRT' },
    'gave no sign of life, and was killed',
  ],
  [
    { SERVICE_RESULT: 'oom-kill', EXIT_CODE: 'killed', EXIT_STATUS: 'KILL' },
    'was killed: over its memory limit',
  ],
  [{ SERVICE_RESULT: 'resources' }, 'ended: resources'],
])('%j is told as: %s', (env, words) => {
  expect(endingIn(env)).toBe(words)
})

it.each([
  ['0123456789abcdef0123456789abcdef', true],
  ['0123', false],
  ["'; drop table", false],
])('an invocation %j is taken: %s', (id, isTaken) => {
  expect(invocationIn({ INVOCATION_ID: id })).toBe(isTaken ? id : undefined)
})
