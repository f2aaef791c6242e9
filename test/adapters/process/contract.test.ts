import { test } from 'vitest'
import { Cgroups } from '../../../src/adapters/process/cgroup/cgroups.ts'
import type { SpawnSpec } from '../../../src/ports/process-host.ts'
import { fakeLogger } from '../../fakes/logger.ts'
import {
  type Behaviour,
  type ProcessHostUnderTest,
  processHostContract,
} from '../../contract-suites/process-host.ts'
import { ground, until } from './setup.ts'

/** Each says `ready` when it does what it is to do. */
function commandOf(behaviour: Behaviour): SpawnSpec['command'] {
  switch (behaviour.kind) {
    case 'exits':
      return ['sh', '-c', `echo ready; exit ${behaviour.code}`]
    case 'runs':
      return ['sh', '-c', 'echo ready; exec sleep 1000']
    case 'ignoresTerm':
      return ['sh', '-c', 'trap "" TERM; echo ready; exec sleep 1000']
    case 'strays':
      // Through a subshell that ends: their parent is init and their session their own.
      return [
        'sh',
        '-c',
        `${'(setsid sh -c "echo ready; exec sleep 1000" &); '.repeat(behaviour.count)} exec sleep 1000`,
      ]
    case 'missing':
      return ['no-such-program-of-jrctl']
    default:
      return behaviour satisfies never
  }
}

const hasCgroups = Cgroups.find(fakeLogger()) !== null

processHostContract('real, by /proc alone', () => underTest('off'))
if (hasCgroups) processHostContract('real, in cgroups', () => underTest('auto'))
else test.skip('in cgroups: this machine lets us make none (no writable cgroup2 of our own)', () => {})

async function underTest(cgroups: 'auto' | 'off'): Promise<ProcessHostUnderTest> {
  const on = await ground(cgroups)
  return {
    host: on.host,
    spawn: async (behaviour) => {
      const hosted = await on.start(commandOf(behaviour))
      const expected = behaviour.kind === 'strays' ? behaviour.count : 1
      await until(() => on.log().split('ready\n').length === expected + 1)
      if (behaviour.kind === 'exits') return hosted
      // From fork to exec there is a moment with a shell more.
      const processes = behaviour.kind === 'strays' ? behaviour.count + 2 : 2
      await until(async () => (await on.host.tree(hosted.identity)).length === processes)
      return hosted
    },
    another: () => on.another(),
    until,
    dispose: () => on.dispose(),
  }
}
