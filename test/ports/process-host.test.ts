import type { Behaviour } from '../contract-suites/process-host.ts'
import { processHostContract } from '../contract-suites/process-host.ts'
import type { FakeProgram } from '../fakes/process-host.ts'
import { FakeMachine, fakeProcessHost } from '../fakes/process-host.ts'

function programOf(behaviour: Behaviour): FakeProgram {
  switch (behaviour.kind) {
    case 'exits':
      return { exits: behaviour.code }
    case 'runs':
      return {}
    case 'ignoresTerm':
      return { ignores: ['SIGTERM'] }
    case 'strays':
      return { strays: behaviour.count }
    case 'missing':
      return { missing: true }
    default:
      return behaviour satisfies never
  }
}

processHostContract('fake', async () => {
  const machine = new FakeMachine()
  const host = fakeProcessHost(machine)
  let marks = 0
  return {
    host,
    spawn: (behaviour) => {
      machine.programs.set('program', programOf(behaviour))
      marks += 1
      return host.spawn({ command: ['program'], cwd: '/', env: {}, logFile: '/log', mark: `mark-${marks}` })
    },
    another: () => fakeProcessHost(machine),
    until: async (fact) => {
      for (let round = 0; round < 3; round++) if (await fact()) return
      throw new Error('nothing on the fake machine takes time, and still it has not come')
    },
    dispose: async () => {},
  }
})
