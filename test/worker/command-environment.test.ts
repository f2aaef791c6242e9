import { expect, test } from 'vitest'
import { fence, instanceId, jrName, taskId } from '../../src/domain/ids.ts'
import { commandEnvironment, isWithheld } from '../../src/worker/command-environment.ts'
import { queueDouble } from './support/queue-double.ts'

function environmentFor(title: string, own: Record<string, string | undefined> = {}) {
  const queue = queueDouble()
  const { task } = queue.row(queue.add({ title }))
  const lease = { taskId: taskId(1), fence: fence(1), instanceId: instanceId('i') }
  const claimed = { task, lease, jrName: jrName('Research Jr.'), attempt: 2, keyHash: '' }
  return commandEnvironment(own, { claimed, resultFile: '/r', attemptKey: 'k', attemptMark: 'm' })
}

test.each([
  'DATABASE_URL',
  'PGPASSWORD',
  'PGHOST',
  'PGSSL_X',
  'CHEROKEE_DB_PASS',
  'JRCTL_QUEUE_URL',
  'WATCHDOG_USEC',
  'CREDENTIALS_DIRECTORY',
])('%s stays with the worker', (name) => {
  expect(isWithheld(name)).toBe(true)
  expect(environmentFor('t', { [name]: 'secret' })).not.toHaveProperty(name)
})

test.each(['PATH', 'JRCTL_SOCKET', 'JRCTL_MARK', 'PAGER', 'MY_DATABASE_URL', 'pghost'])(
  '%s is handed on',
  (name) => {
    expect(environmentFor('t', { [name]: 'x' })).toHaveProperty(name, 'x')
  },
)

test('the attempt speaks last', () => {
  const environment = environmentFor('t', { JRCTL_ATTEMPT_KEY: 'old', JR_TASK_ID: '99', UNSET: undefined })
  expect(environment).toEqual({
    JR_ORCHESTRATED: '1',
    JR_NAME: 'Research Jr.',
    JR_TASK_ID: '1',
    JR_TASK_ATTEMPT: '2',
    JR_TASK_TITLE: 't',
    JR_RESULT_FILE: '/r',
    JRCTL_ATTEMPT_KEY: 'k',
    JRCTL_ATTEMPT_MARK: 'm',
  })
})

test('a hostile title becomes one bounded line', () => {
  expect(environmentFor('a\0b\nc\u001b[2J')['JR_TASK_TITLE']).toBe('a b c [2J')
  const long = environmentFor('🙂'.repeat(100_000))['JR_TASK_TITLE'] ?? ''
  expect(Buffer.byteLength(long)).toBeLessThanOrEqual(500)
  expect(long.isWellFormed()).toBe(true)
  expect(long).toMatch(/^🙂+…$/u)
})
