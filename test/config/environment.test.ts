import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { misspelledVariables } from '../../src/config/environment.ts'
import { singleKeys } from '../../src/config/keys.ts'
import type { SingleKey } from '../../src/config/keys.ts'
import { loadPolicy } from '../../src/config/load.ts'
import { formatDuration } from '../../src/config/durations.ts'
import { load, problemsOf, sandbox } from './fixture.ts'

/** A wrong one is not repeated in messages. */
const urls = new Set(['queue.url', 'queue.listen_url'])

/** A value other than the default, as text and as `config show` tells it. */
function otherValue({ key, note }: SingleKey): [text: string, shown: unknown] {
  if (urls.has(key)) return ['postgres://h/other', 'postgres://h/other']
  if (note.unit === 'path') return ['/elsewhere', '/elsewhere']
  if (note.range !== undefined)
    return special[key] ?? [formatDuration(note.range.maxMs), formatDuration(note.range.maxMs)]
  if (note.sizes !== undefined) return special[key] ?? ['1G', '1G']
  if (note.kind === 'boolean') return ['true', true]
  if (note.kind === 'number') return special[key] ?? ['3', 3]
  if (special[key] !== undefined) return special[key]
  const other = String(note.choices?.find((choice) => choice !== note.default))
  return [other, other]
}

/** Where another key sets a narrower bound. */
const special: Record<string, [string, unknown]> = {
  'queue.renew_interval': ['10s', '10s'],
  'queue.retry_initial': ['1s', '1s'],
  'supervisor.backoff_initial': ['1s', '1s'],
  'supervisor.fleet_recent_window': ['10m', '10m'],
  'gateway.listen': ['127.0.0.1:4711', '127.0.0.1:4711'],
  'api.listen': ['off', 'off'],
  'api.allowed_hosts': ['fleet.example.org', 'fleet.example.org'],
  'api.allowed_origins': ['https://a.example.org', 'https://a.example.org'],
  'bus.max_message': ['1M', '1M'],
  'supervisor.backoff_jitter': ['0.5', 0.5],
  'memory.warn_percent': ['79', 79],
  'memory.critical_percent': ['91', 91],
  'nightly.at': ['22:30', '22:30'],
  'nightly.timezone': ['UTC', 'UTC'],
}

describe('every key can come from the environment', () => {
  test('under a name of its own', () => {
    expect(new Set(singleKeys.map(({ variable }) => variable)).size).toBe(singleKeys.length)
  })

  test.each(singleKeys.map((single) => [single.variable, single] as const))(
    '%s',
    async (variable, single) => {
      const [text, shown] = otherValue(single)
      const { settings } = await load('', { [variable]: text })
      expect(settings.find(({ key }) => key === single.key)).toMatchObject({
        value: shown,
        source: { kind: 'environment', variable },
      })
    },
  )

  test.each(
    singleKeys.filter(({ key }) => !urls.has(key)).map(({ variable, key }) => [variable, key] as const),
  )('%s with a wrong value is named', async (variable, key) => {
    const [said = ''] = await problemsOf('', { [variable]: '~nobody/\u0007' })
    expect(said, key).toMatch(new RegExp(`^${variable}: found "~nobody/.*", allowed `))
  })
})

describe('the environment and the file', () => {
  test('the environment wins, and its mistakes are its own', async () => {
    expect(await problemsOf('[queue]\nlease = "60s"\n', { JRCTL_QUEUE_LEASE: '60' })).toEqual([
      'JRCTL_QUEUE_LEASE: found "60", allowed a duration from "2s" to "1h", such as "60s"; did you mean "60s"?',
    ])
    const { policy } = await load('[queue]\nlease = 1\n', { JRCTL_QUEUE_LEASE: '90s' })
    expect(policy.queue.leaseMs).toBe(90_000)
  })

  test('a secret in a variable is not repeated', async () => {
    const [said] = await problemsOf('', { JRCTL_QUEUE_URL: 'mysql://joe:hunter2@h/x' })
    expect(said).toBe(
      'JRCTL_QUEUE_URL: found a text (***), allowed a URL such as "postgres://user@host:5432/database"',
    )
  })

  test('an empty variable is not set', async () => {
    const { policy } = await load('[queue]\nlease = "90s"\n', { JRCTL_QUEUE_LEASE: '' })
    expect(policy.queue.leaseMs).toBe(90_000)
  })

  test('a variable does not hide that its table is none', async () => {
    expect(await problemsOf('api = 1\n', { JRCTL_API_SOCKET: '/s' })).toEqual([
      'f:1:7 api: found 1, allowed a table with the keys socket, worker_socket, listen, token_file, allowed_hosts, allowed_origins',
    ])
  })

  test('a path in a variable is relative to where the command runs, in the file to the file', async () => {
    using box = sandbox()
    const path = box.write('etc/jrctl.toml', 'state_dir = "state"\n[logs]\ndir = "~/logs"\n')
    const inFile = await loadPolicy({ ...box.options, path })
    expect(inFile.policy.stateDir).toBe(join(box.root, 'etc/state'))
    expect(inFile.policy.logs.dir).toBe(join(box.root, 'home/logs'))
    const inEnv = await loadPolicy({ ...box.options, path, env: { JRCTL_STATE_DIR: 'state' } })
    expect(inEnv.policy.stateDir).toBe(join(box.root, 'work/state'))
  })
})

describe('misspelled variables', () => {
  test('are told with the right name', () => {
    expect(misspelledVariables({ JRCTL_QUEUE_POL_INTERVAL: '1s', JRCTL_STATEDIR: '/x' })).toEqual([
      'the variable JRCTL_QUEUE_POL_INTERVAL names no key and is ignored; did you mean JRCTL_QUEUE_POLL_INTERVAL?',
      'the variable JRCTL_STATEDIR names no key and is ignored; did you mean JRCTL_STATE_DIR?',
    ])
  })

  test('are a warning that stops nothing', async () => {
    expect((await load('', { JRCTL_LOGS_LEVL: 'debug' })).warnings).toHaveLength(1)
  })

  test.each([
    'JRCTL_CONFIG',
    'JRCTL_SOCKET',
    'JRCTL_MARK',
    'JRCTL_WORKER_ID',
    'JRCTL_TEST_STATE_DIR',
    'JRCTL_POSTGRES_BIN',
    'JRCTL_UNPACK_DIR',
    'PATH',
    'JRCTL_QUEUE_LEASE',
    'JRCTL_BANANA_SPLIT',
  ])('%s is none', (name) => {
    expect(misspelledVariables({ [name]: 'x' })).toEqual([])
  })
})
