import { expect, it } from 'vitest'
import { installationOf } from '../../src/config/installation.ts'
import { policyOf } from '../daemon/policy.ts'
import { scheduled } from '../supervisor/runs/setup.ts'
import { worker } from '../supervisor/setup.ts'

const chosen = {
  scope: 'system' as const,
  profile: 'hardened' as const,
  program: '/usr/local/bin/jrctl',
  config: '/etc/jrctl/config.toml',
  account: 'jr',
  needs: [],
  environmentFile: '/etc/jrctl/environment',
  healthTimer: true,
}

it('is made of a configuration: its workers by instance, its places, and how long its graces take', () => {
  const policy = {
    ...policyOf(),
    workers: [
      worker({ command: ['jrctl', 'work', 'Research Jr.', '--', 'true'], instances: 2, stopGraceMs: 20_000 }),
      worker({
        name: 'Old Jr.',
        command: ['python3', 'old.py'],
        user: 'agents',
        dependsOn: ['Research Jr.'],
      }),
      worker({
        name: 'Own Jr.',
        command: ['/usr/local/bin/jrctl', 'work', 'Own Jr.', '--', 'true'],
        instances: 0,
      }),
      scheduled(),
    ],
  }
  const made = installationOf(policy, chosen)
  expect(made).toMatchObject({ ...chosen, stateDir: '/state', scheduled: ['Report Jr.'], stopMs: 120_000 })
  expect(made.sockets).toEqual([policy.api.socket, policy.api.workerSocket])
  expect(
    made.workers.map(({ name, instance, user, notifies, stopMs, after }) => [
      name,
      instance,
      user,
      notifies,
      stopMs,
      after,
    ]),
  ).toEqual([
    ['Research Jr.', 1, null, true, 70_000, []],
    ['Research Jr.', 2, null, true, 70_000, []],
    ['Old Jr.', 1, 'agents', false, 10_000, ['Research Jr.']],
  ])
})
