import { afterEach, beforeEach, expect, test } from 'vitest'
import { systemClock } from '../../../src/adapters/clock.ts'
import { systemRandom } from '../../../src/adapters/random.ts'
import { createReadinessProbe } from '../../../src/adapters/readiness/readiness-probe.ts'
import { createSupervisor } from '../../../src/supervisor/create-supervisor.ts'
import { fakeLedger } from '../../fakes/ledger.ts'
import { fakeStateStore } from '../../fakes/state-store.ts'
import { policy, worker } from '../../supervisor/setup.ts'
import { type Ground, ground, isAlive, killAll, until } from './setup.ts'

let on: Ground
beforeEach(async () => {
  on = await ground()
})
afterEach(() => on.dispose())

test('over real processes: a killed command is replaced, and a stop leaves nothing', async () => {
  const clock = systemClock()
  const store = fakeStateStore()
  const deaths: string[] = []
  const supervisor = createSupervisor({
    host: on.host,
    probe: createReadinessProbe(clock),
    lookAtHeartbeats: () => {},
    store,
    ledger: fakeLedger(clock),
    clock,
    random: systemRandom(),
    logger: on.logger,
    policy: { ...policy, backoffInitialMs: 1 },
    logsDir: on.dir,
    definitions: [
      worker({ instances: 2, cwd: on.dir, command: ['sh', '-c', 'setsid sleep 1000 & exec sleep 1000'] }),
    ],
    environment: () => ({ PATH: process.env['PATH'] ?? '' }),
    onDeath: async (id) => void deaths.push(id),
  })
  try {
    await supervisor.start()
    const [first] = store.workers()
    if (first?.identity == null) throw new Error('it runs without an identity')
    const { identity } = first
    await until(async () => (await on.host.tree(identity)).length === 3)
    const tree = await on.host.tree(identity)
    process.kill((await on.host.usage(identity))?.mainPid ?? 0, 'SIGKILL')
    await until(() => {
      const [view] = supervisor.views()
      return view?.state === 'running' && view.instanceId !== first.instanceId
    })
    expect(tree.filter(isAlive)).toEqual([])
    expect(deaths).toEqual([first.instanceId])
    expect(supervisor.views()[0]).toMatchObject({ lastExit: 'was killed by SIGKILL', restarts: 1 })
  } finally {
    const identities = store.workers().flatMap((stored) => stored.identity ?? [])
    const report = await supervisor.stop('stop', () => {})
    expect(report.endedThemselves).toHaveLength(2)
    for (const identity of identities) {
      expect(await on.host.tree(identity)).toEqual([])
      await killAll(on.host, identity)
    }
  }
})
