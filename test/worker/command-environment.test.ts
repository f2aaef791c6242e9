import { expect, test } from 'vitest'
import { fence, instanceId, jrName, taskId } from '../../src/domain/ids.ts'
import { commandEnvironment, isWithheld, programEnvironment } from '../../src/worker/command-environment.ts'
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
  'JRCTL_TOKEN',
  'JRCTL_API_TOKEN',
  'JRCTL_HOST',
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

const gateway = { JRCTL_GATEWAY_URL: 'http://127.0.0.1:4000' }

test('without a gateway the LLM variables are handed on as they are', () => {
  expect(environmentFor('t', { OPENAI_API_KEY: 'own' })['OPENAI_API_KEY']).toBe('own')
  expect(environmentFor('t', { JRCTL_GATEWAY_URL: '' })).not.toHaveProperty('OPENAI_BASE_URL')
})

test("unmodified SDKs find the gateway, with the attempt's key and nobody else's", () => {
  const environment = environmentFor('t', {
    ...gateway,
    OPENAI_API_KEY: 'canary',
    OPENAI_API_BASE: 'https://canary',
    ANTHROPIC_AUTH_TOKEN: 'canary',
  })
  expect(environment).toMatchObject({
    OPENAI_BASE_URL: 'http://127.0.0.1:4000/v1',
    OPENAI_API_KEY: 'jrk-1-k',
    ANTHROPIC_BASE_URL: 'http://127.0.0.1:4000',
    ANTHROPIC_API_KEY: 'jrk-1-k',
  })
  expect(JSON.stringify(environment)).not.toContain('canary')
})

test('a dialect that the daemon left out keeps what the definition gave it', () => {
  const environment = environmentFor('t', {
    ...gateway,
    JRCTL_GATEWAY_DIALECTS: 'openai',
    ANTHROPIC_API_KEY: 'own',
  })
  expect(environment).toMatchObject({ OPENAI_API_KEY: 'jrk-1-k', ANTHROPIC_API_KEY: 'own' })
  expect(environment).not.toHaveProperty('ANTHROPIC_BASE_URL')
})

test('a program of many tasks gets the addresses alone', () => {
  const program = { jrName: jrName('Research Jr.'), concurrency: 2, mark: 'm' }
  const environment = programEnvironment({ ...gateway, OPENAI_API_KEY: 'canary' }, program)
  expect(environment).toMatchObject({
    OPENAI_BASE_URL: 'http://127.0.0.1:4000/v1',
    ANTHROPIC_BASE_URL: 'http://127.0.0.1:4000',
  })
  for (const name of ['OPENAI_API_KEY', 'ANTHROPIC_API_KEY']) expect(environment).not.toHaveProperty(name)
})
