import { createServer } from 'node:net'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { systemClock } from '../../../src/adapters/clock.ts'
import { systemRandom } from '../../../src/adapters/random.ts'
import { createReadinessProbe } from '../../../src/adapters/readiness/readiness-probe.ts'
import type { WorkerDefinition } from '../../../src/config/policy.ts'
import { createSupervisor } from '../../../src/supervisor/create-supervisor.ts'
import type { Supervisor } from '../../../src/supervisor/supervisor.ts'
import { fakeLedger } from '../../fakes/ledger.ts'
import { fakeStateStore } from '../../fakes/state-store.ts'
import { policy, worker } from '../../supervisor/setup.ts'
import { type Ground, ground, until } from '../process/setup.ts'

let on: Ground
beforeEach(async () => {
  on = await ground()
})
afterEach(() => on.dispose())

function supervising(definitions: WorkerDefinition[]): Supervisor {
  const clock = systemClock()
  return createSupervisor({
    host: on.host,
    probe: createReadinessProbe(clock),
    lookAtHeartbeats: () => {},
    store: fakeStateStore(),
    ledger: fakeLedger(clock),
    clock,
    random: systemRandom(),
    logger: on.logger,
    policy,
    logsDir: on.dir,
    definitions: definitions.map((one) => ({ ...one, cwd: on.dir })),
    environment: () => ({ PATH: process.env['PATH'] ?? '' }),
    onDeath: async () => {},
  })
}

test('over real processes: by a line of the log, a command and a port, one after the other', async () => {
  const server = createServer((socket) => socket.destroy())
  const port = await new Promise<number>((resolve) => {
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      resolve(typeof address === 'object' && address !== null ? address.port : 0)
    })
  })
  const sleep = 'exec sleep 1000'
  const supervisor = supervising([
    worker({ name: 'Last', command: ['sh', '-c', sleep], dependsOn: ['Port'] }),
    worker({
      name: 'Port',
      command: ['sh', '-c', sleep],
      dependsOn: ['Command'],
      ready: { kind: 'port', host: '127.0.0.1', port, everyMs: 100 },
    }),
    worker({
      name: 'Command',
      command: ['sh', '-c', `touch made; ${sleep}`],
      dependsOn: ['Log'],
      ready: { kind: 'command', command: ['test', '-e', 'made'], everyMs: 100 },
    }),
    worker({
      name: 'Log',
      command: ['sh', '-c', `echo not yet; echo 'listening on 80'; ${sleep}`],
      ready: { kind: 'log', pattern: String.raw`^listening on \d+$` },
    }),
  ])
  try {
    await supervisor.start()
    await until(() => supervisor.views().every(({ state }) => state === 'running'))
    const starts = new Map(supervisor.views().map(({ name, startedAt }) => [String(name), startedAt ?? 0]))
    const order = [...starts].sort(([, one], [, other]) => one - other).map(([name]) => name)
    expect(order).toEqual(['Log', 'Command', 'Port', 'Last'])
    // The last one has yet to be alive for a second.
    expect(supervisor.views().slice(1)).toMatchObject([{ ready: true }, { ready: true }, { ready: true }])
  } finally {
    await supervisor.stop('stop', () => {})
    server.close()
  }
})

test('a check that hangs leaves nothing behind, however it detaches itself', async () => {
  const hang = ['sh', '-c', 'setsid sleep 1000 & echo $! > hung; exec sleep 1000'] as [string, ...string[]]
  const supervisor = supervising([
    worker({ command: ['sleep', '1000'], ready: { kind: 'command', command: hang, everyMs: 100 } }),
  ])
  await supervisor.start()
  const mark = `${supervisor.views()[0]?.instanceId}-check`
  await until(async () => (await on.host.find(mark)) !== null)
  const identity = await on.host.find(mark)
  if (identity === null) throw new Error('the check is gone')
  await until(async () => (await on.host.tree(identity)).length >= 3)
  await supervisor.stop('stop', () => {})
  expect(await on.host.tree(identity)).toEqual([])
})
