import { describe, expect, it } from 'vitest'
import type { WorkerDefinition } from '../../src/config/policy.ts'
import {
  boundToDatabase,
  boundToGateway,
  resolveSelf,
  workerEnvironment,
} from '../../src/daemon/worker-environment.ts'
import { instanceId, nodeId } from '../../src/domain/ids.ts'
import { definitionHash } from '../../src/supervisor/definition-hash.ts'
import { worker } from '../supervisor/setup.ts'

const definition = worker({ command: ['python3', 'worker.py'], cwd: '/srv' })

const sources = {
  daemon: {
    PATH: '/usr/bin',
    HOME: '/root',
    LC_ALL: 'C',
    TZ: 'UTC',
    AWS_SECRET_ACCESS_KEY: 'canary',
    DATABASE_URL: 'postgresql://daemon-own',
    API_BASE: 'http://x',
    JRCTL_QUEUE_LEASE: '5s',
    JRCTL_QUEUE_URL: 'postgresql://u:canary@h/db',
    JRCTL_QUEUE_LISTEN_URL: 'postgresql://u:canary@h/overridden',
  },
  database: {
    DATABASE_URL: 'postgresql://u:canary@h/db',
    JRCTL_QUEUE_LISTEN_URL: 'postgresql://u:canary@h:1/db',
    PGPASSWORD: 'canary',
  },
  socket: '/run/jrctl.sock',
  workerSocket: '/run/jrctl-workers/w.sock',
  nodeId: nodeId('n1'),
  configPath: '/etc/jrctl/config.toml',
  stateDir: '/var/lib/jrctl',
  self: { path: '/opt/jrctl/bin/jrctl', binDir: '/opt/jrctl/bin' },
  gatewayUrl: null,
}

const of = (changes: Partial<WorkerDefinition>) =>
  workerEnvironment({ ...definition, ...changes }, instanceId('i1'), sources)

describe('the environment of a worker', () => {
  it.each(['clean', 'all'] as const)(
    'says nothing of the account when it runs as another (%s)',
    (envInherit) => {
      const environment = of({ user: 'agents', envInherit, env: { LOGNAME: 'own' } })
      expect(environment).toMatchObject({ LOGNAME: 'own', TZ: 'UTC' })
      expect(environment).not.toHaveProperty('HOME')
    },
  )

  it('leads to the socket that its account can open', () => {
    expect(of({})['JRCTL_SOCKET']).toBe('/run/jrctl.sock')
    expect(of({ user: 'agents' })['JRCTL_SOCKET']).toBe('/run/jrctl-workers/w.sock')
  })

  it('leads to no other daemon, and has no operator’s token, unless its definition says so', () => {
    const operators = { JRCTL_HOST: 'http://elsewhere:1', JRCTL_TOKEN: 'canary', JRCTL_API_TOKEN: 'canary' }
    const names = Object.keys(operators)
    const daemon = { ...sources.daemon, ...operators }
    const environment = workerEnvironment(
      { ...definition, envInherit: 'all', envPass: names, env: { JRCTL_HOST: 'http://own:1' } },
      instanceId('i1'),
      { ...sources, daemon },
    )
    expect(names.map((name) => environment[name])).toEqual(['http://own:1', undefined, undefined])
  })

  it('holds the system names and ours, and no secret that it did not ask for', () => {
    expect(of({})).toEqual({
      PATH: '/usr/bin:/opt/jrctl/bin',
      HOME: '/root',
      LC_ALL: 'C',
      TZ: 'UTC',
      JR_ORCHESTRATED: '1',
      JR_NAME: 'Research Jr.',
      JRCTL_SOCKET: '/run/jrctl.sock',
      JRCTL_WORKER_ID: 'i1',
    })
  })

  it('hands on what env_pass names, the queue connection included', () => {
    const environment = of({ envPass: ['DATABASE_URL', 'API_BASE', 'NOT_SET'] })
    expect(environment['DATABASE_URL']).toBe('postgresql://u:canary@h/db')
    expect(environment['API_BASE']).toBe('http://x')
    expect(environment).not.toHaveProperty('NOT_SET')
    expect(environment).not.toHaveProperty('PGPASSWORD')
  })

  it('lets env win over what is passed, and ours over env', () => {
    const environment = of({ envPass: ['API_BASE'], env: { API_BASE: 'mine', JR_NAME: 'forged' } })
    expect(environment['API_BASE']).toBe('mine')
    expect(environment['JR_NAME']).toBe('Research Jr.')
  })

  it('gives the queue to `jrctl work`, and to no other jrctl command', () => {
    for (const program of ['jrctl', '/opt/jrctl/bin/jrctl']) {
      const environment = of({ command: [program, 'work', 'Research Jr.'] })
      expect(environment['DATABASE_URL']).toContain('canary')
      expect(environment['JRCTL_QUEUE_LISTEN_URL']).toBe('postgresql://u:canary@h:1/db')
      expect(environment['JRCTL_QUEUE_LEASE']).toBe('5s')
      expect(environment).not.toHaveProperty('JRCTL_QUEUE_URL')
    }
    const other = of({ command: ['jrctl', 'demo', 'legacy-worker'] })
    expect(other).not.toHaveProperty('DATABASE_URL')
    expect(other).not.toHaveProperty('JRCTL_QUEUE_LISTEN_URL')
    expect(other['JRCTL_STATE_DIR']).toBe('/var/lib/jrctl')
    expect(other['JRCTL_CONFIG']).toBe('/etc/jrctl/config.toml')
  })

  it('inherits everything only when told to', () => {
    expect(of({ envInherit: 'all' })['AWS_SECRET_ACCESS_KEY']).toBe('canary')
    expect(JSON.stringify(of({}))).not.toContain('canary')
  })
})

describe('the gateway of a worker', () => {
  const gatewayUrl = 'http://127.0.0.1:4000'
  const own = {
    OPENAI_API_KEY: 'canary',
    OPENAI_API_BASE: 'https://elsewhere',
    ANTHROPIC_API_KEY: 'canary',
    ANTHROPIC_AUTH_TOKEN: 'canary',
    JRCTL_GATEWAY_URL: 'http://127.0.0.1:1',
    JRCTL_GATEWAY_DIALECTS: '',
  }
  const behind = (changes: Partial<WorkerDefinition>, url: string | null = gatewayUrl) =>
    workerEnvironment({ ...definition, ...changes }, instanceId('i1'), {
      ...sources,
      daemon: { ...sources.daemon, ...own },
      gatewayUrl: url,
    })
  const work: [string, ...string[]] = ['jrctl', 'work', 'Research Jr.', '--', 'agent']
  const llmNames = ['OPENAI_API_KEY', 'OPENAI_API_BASE', 'ANTHROPIC_API_KEY', 'ANTHROPIC_AUTH_TOKEN']

  it('is told to every worker', () => {
    expect(behind({})['JRCTL_GATEWAY_URL']).toBe(gatewayUrl)
    expect(behind({ command: work })['JRCTL_GATEWAY_URL']).toBe(gatewayUrl)
  })

  it('is not told where there is none, not even that of another daemon', () => {
    expect(behind({ envInherit: 'all' }, null)).not.toHaveProperty('JRCTL_GATEWAY_URL')
    expect(behind({ env: { JRCTL_GATEWAY_URL: 'http://mine' } }, null)['JRCTL_GATEWAY_URL']).toBe(
      'http://mine',
    )
  })

  it.each<[string, Partial<WorkerDefinition>]>([
    ['env_inherit', { envInherit: 'all' }],
    ['env_pass', { envPass: llmNames }],
  ])("keeps the daemon's keys from `jrctl work`, whose calls go through it (%s)", (_, changes) => {
    const environment = behind({ command: work, ...changes })
    for (const name of llmNames) expect(environment).not.toHaveProperty(name)
    expect(environment['JRCTL_GATEWAY_DIALECTS']).toBe('openai,anthropic')
    // Who makes its calls itself, and has no attempt's key, keeps what it asked for.
    expect(behind(changes)['OPENAI_API_KEY']).toBe('canary')
    expect(behind({ command: work, ...changes }, null)['OPENAI_API_KEY']).toBe('canary')
  })

  it.each<Record<string, string>>([{ OPENAI_API_KEY: 'own' }, { OPENAI_BASE_URL: 'https://own' }])(
    'leaves a dialect alone that the definition settles itself (%j)',
    (env) => {
      const environment = behind({ command: work, env, envPass: llmNames })
      expect(environment).toMatchObject({ OPENAI_API_KEY: 'canary', ...env })
      expect(environment['JRCTL_GATEWAY_DIALECTS']).toBe('anthropic')
      expect(environment).not.toHaveProperty('ANTHROPIC_API_KEY')
    },
  )

  it('makes another worker of one when it listens elsewhere, and of none where there is none', () => {
    const at = (listens: string | null) => definitionHash(boundToGateway(definition, listens))
    expect(at(null)).toBe(definitionHash(definition))
    expect(at('127.0.0.1:0')).toBe(at('127.0.0.1:0'))
    expect(new Set([at(null), at('127.0.0.1:0'), at('127.0.0.1:4000')]).size).toBe(3)
  })
})

describe('the database that a worker was handed', () => {
  const at = (port: number) => ({ DATABASE_URL: `postgresql://u:canary@h:${port}/db` })
  const bound = (changes: Partial<WorkerDefinition>, port: number) =>
    definitionHash(boundToDatabase({ ...definition, ...changes }, at(port), '/opt/jrctl/bin/jrctl'))

  it.each<[string, Partial<WorkerDefinition>]>([
    ['jrctl work', { command: ['/opt/jrctl/bin/jrctl', 'work', 'A'] }],
    ['env_pass', { envPass: ['DATABASE_URL'] }],
  ])('makes another worker of one that gets it by %s, when it moved', (_, changes) => {
    expect(bound(changes, 1)).toBe(bound(changes, 1))
    expect(bound(changes, 1)).not.toBe(bound(changes, 2))
    const env = boundToDatabase({ ...definition, ...changes }, at(1), '/opt/jrctl/bin/jrctl').env
    expect(env).toEqual({ JRCTL_WORKS_ON: 'h:1/db' })
  })

  it('means nothing to a worker that does not know it', () => {
    expect(bound({}, 1)).toBe(bound({}, 2))
  })
})

describe('the word jrctl in a command', () => {
  it('means this executable in first place, and nothing elsewhere', () => {
    const command: [string, ...string[]] = ['jrctl', 'work', 'A', '--', 'jrctl', 'demo']
    expect(resolveSelf({ ...definition, command }, '/opt/jrctl/bin/jrctl').command).toEqual([
      '/opt/jrctl/bin/jrctl',
      'work',
      'A',
      '--',
      'jrctl',
      'demo',
    ])
    expect(resolveSelf(definition, '/opt/jrctl/bin/jrctl')).toBe(definition)
  })
})
