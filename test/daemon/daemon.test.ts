import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { claimOne } from '../support/claim.ts'
import type { Policy } from '../../src/config/policy.ts'
import { createDaemon, type Daemon } from '../../src/daemon/daemon.ts'
import { instanceId, jrName, nodeId, taskId, type TaskId } from '../../src/domain/ids.ts'
import { OperationalError } from '../../src/errors.ts'
import type { Claimed } from '../../src/ports/task-queue.ts'
import { fakeClaimHolds, type FakeClaimHolds } from '../fakes/claim-holds.ts'
import { fakeCampaigns } from '../fakes/campaigns.ts'
import { fakeChannelClosures } from '../fakes/channel-closures.ts'
import { fakeCluster } from '../fakes/cluster.ts'
import { fakeCycleStore, type FakeCycleStore } from '../fakes/cycle-store.ts'
import { fakeLoopDelay } from '../fakes/loop-delay.ts'
import { fakeLogReader } from '../fakes/log-reader.ts'
import { fakeLogRotator } from '../fakes/log-rotator.ts'
import { fakeProcessHost } from '../fakes/process-host.ts'
import { fakeReadinessProbe } from '../fakes/readiness-probe.ts'
import { fakeDatabaseUpkeep } from '../fakes/database-upkeep.ts'
import { fakeOwnMemory } from '../fakes/own-memory.ts'
import { fakeRandom } from '../fakes/random.ts'
import { fakeDeadLetterBook } from '../fakes/dead-letter-book.ts'
import { fakeDeadLetters } from '../fakes/dead-letters.ts'
import { fakeApiServer } from '../fakes/api-server.ts'
import { fakeAttemptKeys } from '../fakes/attempt-keys.ts'
import { fakeQueueIdentity } from '../fakes/queue-identity.ts'
import { fakeQueueInsight } from '../fakes/queue-insight.ts'
import { fakeQueueTriggers, type FakeQueueTriggers } from '../fakes/queue-triggers.ts'
import { fakeServiceManager, type FakeServiceManager } from '../fakes/service-manager.ts'
import { fakeStateHealth, type FakeStateHealth } from '../fakes/state-health.ts'
import { fakeTaskQueue, type FakeTaskQueue } from '../fakes/task-queue.ts'
import { worker, world, type World } from '../supervisor/setup.ts'
import { policyOf } from './policy.ts'

const jr = jrName('Research Jr.')
const away = new OperationalError('no answer', { code: 'db.unreachable', retryable: true })

describe('the daemon', () => {
  let on: World
  let queue: FakeTaskQueue
  let daemon: Daemon
  let next: Policy | Error
  let closed: boolean[]
  let stopped: Promise<unknown> | undefined
  let revived = 0
  let health: FakeStateHealth
  let holds: FakeClaimHolds
  let triggers: FakeQueueTriggers
  let manager: FakeServiceManager
  let loopDelay: ReturnType<typeof fakeLoopDelay>
  let cycleStore: FakeCycleStore

  beforeEach(async () => {
    on = world()
    queue = fakeTaskQueue(on.clock)
    next = policyOf()
    closed = []
    stopped = undefined
    revived = 0
    health = fakeStateHealth()
    holds = fakeClaimHolds()
    triggers = fakeQueueTriggers(queue)
    manager = fakeServiceManager('systemd unit jr.service')
    loopDelay = fakeLoopDelay()
    const cluster = fakeCluster(on.clock, queue)
    cycleStore = fakeCycleStore(on.clock, queue, cluster.leadership)
    daemon = createDaemon({
      policy: policyOf(),
      configPath: '/etc/jrctl/config.toml',
      version: '0.0.0',
      nodeId: nodeId('node-1'),
      queue,
      identity: fakeQueueIdentity(queue),
      insight: fakeQueueInsight(queue, on.clock),
      attemptKeys: fakeAttemptKeys(queue),
      deadLetters: { letters: fakeDeadLetters(queue), book: fakeDeadLetterBook() },
      notifier: queue.notifier,
      cluster: { ...cluster, hostname: 'machine-1' },
      cycleStore,
      database: {
        target: 'db/fleet',
        embedded: true,
        environment: {},
        revive: async () => void (revived += 1),
      },
      host: fakeProcessHost(on.machine),
      probe: fakeReadinessProbe(),
      heldDoor: null,
      upstreams: {
        keyOf: async () => null,
        open: () => {
          throw new Error('no upstream is configured')
        },
      },
      alertSenderOf: () => ({ send: async () => ({ kind: 'delivered', by: 'nobody' }) }),
      store: on.store,
      health,
      claimHolds: holds,
      campaigns: fakeCampaigns(on.clock),
      closures: fakeChannelClosures(on.clock, queue),
      triggers,
      taskRows: { rows: async () => [] },
      ledger: on.ledger,
      clock: on.clock,
      random: fakeRandom(1),
      logger: on.logger,
      logFiles: {
        rotator: fakeLogRotator(),
        own: { path: '/logs/own.log', tend: async () => {} },
        others: [],
        readerOf: () => fakeLogReader(),
      },
      self: { path: '/opt/jrctl', binDir: '/opt' },
      environment: { PATH: '/bin' },
      ownMemory: fakeOwnMemory(),
      databaseUpkeep: fakeDatabaseUpkeep(),
      processFacts: { pid: 42, rssBytes: () => 1 },
      loopDelay,
      serviceManager: manager,
      createApi: () => fakeApiServer(),
      readPolicy: async () => {
        if (next instanceof Error) throw next
        return next
      },
      closings: (isLeft) => [
        { name: 'everything', deadlineMs: 1_000, end: async () => void closed.push(isLeft) },
      ],
    })
    await daemon.start()
    await on.clock.advance(100)
  })

  afterEach(async () => {
    await stop('the test')
    expect(on.clock.pending).toBe(0)
  })

  async function stop(by: string): Promise<void> {
    stopped ??= daemon.stop(by)
    await on.clock.advance(60_000)
    await stopped
  }

  const add = (title: string) =>
    queue.add([{ title, assignedJr: jr }], 'test').then((ids) => ids[0] as TaskId)
  async function claim(instance = 'i-1'): Promise<Claimed> {
    const claimed = await claimOne(queue, {
      jrNames: [jr],
      acceptUnassigned: false,
      instanceId: instanceId(instance),
      nodeId: nodeId('node-1'),
      leaseMs: 60_000,
    })
    if (claimed === null) throw new Error('nothing to claim')
    return claimed
  }
  const said = () => on.logger.lines.map(({ message }) => message)
  const ledgerTypes = () => on.ledger.entries.map(({ eventType }) => eventType)

  it('starts its workers and says so', async () => {
    const status = await daemon.services.status()
    expect(status.workers).toMatchObject([{ name: jr, state: 'running' }])
    expect(status.daemon).toMatchObject({ pid: 42, phase: 'running', nodeId: 'node-1' })
    expect(ledgerTypes()).toContain('daemon.started')
    expect(said()).toContain('Managing 1 Jrs: Research Jr.')
  })

  it('keeps the positions of the tasks in progress, and promotes when one finishes', async () => {
    for (const title of ['a', 'b', 'c']) await add(title)
    const [first, second, third] = [await claim(), await claim(), await claim()]
    await on.clock.advance(1_000)
    const before = (await daemon.services.status()).positions
    expect(before.map(({ taskId: id, ratePerMinute }) => [id, ratePerMinute])).toEqual([
      [first.task.id, 100],
      [second.task.id, 50],
      [third.task.id, 25],
    ])
    await queue.complete(first.lease, null)
    await on.clock.advance(1_000)
    const after = (await daemon.services.status()).positions
    expect(after.map(({ taskId: id, capacityPct }) => [id, capacityPct])).toEqual([
      [second.task.id, 50],
      [third.task.id, 25],
    ])
    expect(said()).toContain(`task ${second.task.id} promoted from 2 to 1: task ${first.task.id} left`)
    expect(ledgerTypes()).toContain('position.promoted')
  })

  it('makes a task urgent, answers with its new position, and records who asked', async () => {
    for (const title of ['a', 'b']) await add(title)
    await claim()
    const second = await claim()
    await on.clock.advance(1_000)
    const asked = daemon.services.urgent(second.task.id, 'cli:ada', false)
    await on.clock.advance(0)
    expect((await asked).position).toMatchObject({ position: 1, taskId: second.task.id, urgent: true })
    const entry = on.ledger.entries.find(({ eventType }) => eventType === 'task.urgent')
    expect(entry).toMatchObject({ actor: 'cli:ada', taskId: second.task.id })
    expect((await daemon.services.urgent(taskId(999), 'cli:ada', false)).verdict).toEqual({
      kind: 'not_found',
    })
  })

  it('gives a dead worker’s tasks back once its tree is gone', async () => {
    const id = await add('a')
    const spawn = on.machine.spawned.at(-1)
    await claim(spawn?.env['JRCTL_WORKER_ID'])
    on.machine.exit(spawn?.mark ?? '', 1)
    await on.clock.advance(1_000)
    expect((await queue.get(id))?.task).toMatchObject({ status: 'assigned', attempts: 1 })
    expect(ledgerTypes()).toContain('task.rescued')
  })

  it('makes a retry ready when its time has come, without waiting for the poll', async () => {
    const id = await add('a')
    const claimed = await claim()
    await on.clock.advance(1_000)
    await queue.fail(claimed.lease, { kind: 'attempt', error: 'no luck' })
    await on.clock.advance(4_900)
    expect((await queue.get(id))?.task.status).toBe('retry')
    await on.clock.advance(600)
    expect((await queue.get(id))?.task.status).toBe('assigned')
  })

  it('rescues a lease that nobody renewed', async () => {
    const id = await add('a')
    await claim('a worker of another machine')
    await on.clock.advance(80_000)
    expect((await queue.get(id))?.task.status).toBe('assigned')
  })

  it('gives leases that ran out while the database was away the time to be renewed first', async () => {
    const [kept, lost] = [await add('a'), await add('b')]
    const alive = await claim('a worker of another machine')
    await claim('one that died meanwhile')
    queue.failure = away
    await on.clock.advance(300_000)
    queue.failure = null
    await on.clock.advance(14_000)
    expect((await queue.get(lost))?.task.status).toBe('in_progress')
    expect(await queue.renew([alive.lease], 60_000)).toEqual([])
    await on.clock.advance(40_000)
    expect(await queue.renew([alive.lease], 60_000)).toEqual([])
    await on.clock.advance(40_000)
    expect((await queue.get(kept))?.task.status).toBe('in_progress')
    expect((await queue.get(lost))?.task.status).toBe('assigned')
  })

  it('copies the events of tasks into the ledger', async () => {
    const id = await add('a')
    const { lease } = await claim()
    await queue.complete(lease, null)
    await on.clock.advance(1_000)
    const moves = on.ledger.entries.flatMap(({ eventType, taskId: of, data }) =>
      of === id && eventType.startsWith('task.') ? [data?.['to']] : [],
    )
    expect(moves).toEqual(['assigned', 'in_progress', 'completed'])
  })

  it('outlives the database: says so once, answers with what it last saw, kills nobody, recovers', async () => {
    await add('a')
    await on.clock.advance(1_000)
    await daemon.services.status()
    queue.failure = away
    await on.clock.advance(600_000)
    const during = await daemon.services.status()
    expect(during.database).toMatchObject({ state: 'down', lastError: 'no answer' })
    expect(during.queue.byStatus.assigned).toBe(1)
    expect(during.workers).toMatchObject([{ state: 'running', restarts: 0 }])
    expect(on.machine.signals).toEqual([])
    expect(ledgerTypes().filter((type) => type === 'database.lost')).toHaveLength(1)
    expect(during.queueAgeMs).toBeGreaterThan(590_000)
    // Our own database is started again, time and again while it stays away.
    expect(revived).toBeGreaterThan(100)
    queue.failure = null
    await on.clock.advance(120_000)
    const attempts = revived
    await on.clock.advance(120_000)
    expect(revived).toBe(attempts)
    expect((await daemon.services.status()).database.state).toBe('up')
    expect(ledgerTypes().filter((type) => type === 'database.restored')).toHaveLength(1)
  })

  it('lets the cycle look at once when a worker dies or work comes, however long its interval', async () => {
    const orchestrator = { ...policyOf().orchestrator, enabled: true, intervalMs: 3_600_000 }
    next = { ...policyOf(), orchestrator }
    expect(await daemon.reload('cli:ada')).toEqual({ kind: 'reloaded', changed: ['orchestrator'] })
    await on.clock.advance(10_000)
    const { looks } = cycleStore
    await on.clock.advance(60_000)
    expect(cycleStore.looks).toBe(looks)
    on.machine.exit(on.machine.spawned.at(-1)?.mark ?? '', 1)
    await on.clock.advance(2_000)
    expect(cycleStore.looks).toBeGreaterThan(looks)
    await on.clock.advance(120_000)
    const before = cycleStore.looks
    await add('a')
    await on.clock.advance(2_000)
    expect(cycleStore.looks).toBe(before + 1)
    expect((await daemon.services.status()).orchestrator).toMatchObject({ enabled: true, leads: true })
  })

  it('ends --until-idle when nothing wants anything any more, with what was done', async () => {
    const ids = [await add('a'), await add('b')]
    const idle = daemon.idle(await queue.counts())
    await on.clock.advance(5_000)
    const { lease } = await claim()
    await queue.complete(lease, null)
    await on.clock.advance(5_000)
    expect((await daemon.services.status()).daemon.phase).toBe('draining')
    await queue.cancel(ids[1] as TaskId, 'test', 'no')
    await on.clock.advance(5_000)
    expect(await idle).toMatchObject({ completed: 1, cancelled: 1, failed: 0, remaining: 0 })
  })

  it('tells of --until-idle also what was done before anybody looked', async () => {
    const before = await queue.counts()
    await add('a')
    await queue.complete((await claim()).lease, null)
    const idle = daemon.idle(before)
    await on.clock.advance(5_000)
    expect(await idle).toMatchObject({ completed: 1, remaining: 0 })
  })

  it('reloads what changed, and refuses what is wrong while the old goes on', async () => {
    next = { ...policyOf(), workers: [worker(), worker({ name: 'Second Jr.' })] }
    expect(await daemon.reload('cli:ada')).toEqual({ kind: 'reloaded', changed: ['workers'] })
    await on.clock.advance(100)
    expect(daemon.services.workers().map(({ name }) => name)).toEqual(['Research Jr.', 'Second Jr.'])
    next = new Error('line 3: no\nline 4: no')
    expect(await daemon.reload('cli:ada')).toEqual({
      kind: 'refused',
      problems: ['line 3: no', 'line 4: no'],
    })
    expect(daemon.services.workers()).toHaveLength(2)
  })

  it('stops in six steps, leaves nothing running, and closes what it was given', async () => {
    await stop('SIGTERM')
    expect(
      said()
        .filter((line) => /^\[\d\/6\]/.test(line) && !line.includes('Waiting'))
        .map((line) => line[1]),
    ).toEqual(['1', '2', '3', '4', '5', '6'])
    expect([...on.machine.processes.values()]).toEqual([])
    expect(closed).toEqual([false])
    expect(ledgerTypes().at(-1)).toBe('daemon.stopped')
  })

  it('claims nothing while its disk is full, says so, and goes on when there is room', async () => {
    health.become({ kind: 'full', reason: 'state disk full' })
    await on.clock.advance(1_000)
    expect(holds.asked.at(-1)).toBe('state disk full')
    expect((await daemon.services.status()).degraded).toEqual(['state disk full'])
    health.become({ kind: 'sound' })
    await on.clock.advance(1_000)
    expect(holds.asked.at(-1)).toBeNull()
    expect((await daemon.services.status()).degraded).toEqual([])
    expect(ledgerTypes().slice(-2)).toEqual(['state.disk_filled', 'state.recovered'])
  })

  it('says within a minute that a trigger does not fire, once, and when it does again', async () => {
    triggers.names = ['jr_after_update (disabled)']
    await on.clock.advance(180_000)
    expect((await daemon.services.status()).degraded).toEqual([
      expect.stringMatching(/jr_after_update \(disabled\); run: jrctl migrate/),
    ])
    triggers.names = []
    await on.clock.advance(60_000)
    expect((await daemon.services.status()).degraded).toEqual([])
    const told = on.logger.lines.filter(({ message }) => message.includes('triggers of jr_work_queue'))
    expect(told.map(({ level }) => level)).toEqual(['error', 'info'])
  })

  it('says which rule of the cycle is broken, until it is mended', async () => {
    const own = { when: 'campaigns.list[0].budget > 1.0', do: 'force_run', reason: 'a budget' } as const
    const rule = { name: 'idx', enabled: true, cooldownMs: null, priority: null, own }
    next = { ...policyOf(), orchestrator: { ...policyOf().orchestrator, enabled: true, rules: [rule] } }
    await daemon.reload('test')
    await on.clock.advance(30_000)
    expect((await daemon.services.status()).degraded).toEqual([
      expect.stringMatching(/^the rule idx is broken and does nothing: .*; see jrctl rules explain idx$/),
    ])
    next = { ...policyOf(), orchestrator: { ...policyOf().orchestrator, enabled: true } }
    await daemon.reload('test')
    expect((await daemon.services.status()).degraded).toEqual([])
  })

  it('asks to be ended when its state fails, and can then leave its workers running', async () => {
    const failure = new OperationalError('fsync failed', { code: 'state.unsynced', retryable: false })
    health.become({ kind: 'failed', error: failure })
    expect(await daemon.stateFailed).toBe(failure)
    stopped = daemon.stop('the local state, which failed', 'leave')
    await on.clock.advance(60_000)
    expect(await stopped).toMatchObject({ left: [jr] })
    expect(on.machine.processes.size).toBeGreaterThan(0)
    expect(closed).toEqual([true])
  })

  it('is hurried by a second signal', async () => {
    on.machine.programs.set('research', { ignores: ['SIGTERM'] })
    await daemon.services.commandWorker(jr, { kind: 'restart' }, 'test')
    await on.clock.advance(30_000)
    stopped = daemon.stop('SIGTERM')
    await on.clock.advance(1_000)
    expect(on.machine.processes.size).toBeGreaterThan(0)
    void daemon.stop('SIGTERM')
    await on.clock.advance(1_000)
    expect([...on.machine.processes.values()]).toEqual([])
    expect(await stopped).toMatchObject({ forced: [jr] })
  })

  it('tells its service manager when it is ready, reloads and stops, and vouches for itself until then', async () => {
    expect(manager.news[0]).toMatchObject({ state: 'ready' })
    await daemon.reload('SIGHUP')
    expect(manager.news.slice(1).map(({ state }) => state)).toEqual(['reloading', 'ready'])
    await Promise.all([daemon.reload('SIGHUP'), daemon.reload('root')])
    const twice = ['reloading', 'ready', 'reloading', 'ready']
    expect(manager.news.slice(3).map(({ state }) => state)).toEqual(twice)
    await on.clock.advance(10_000)
    expect(manager.news.at(-1)).toEqual({ status: '1 of 1 workers run, 0 tasks at work' })
    expect(manager.petted()).toBe(true)
    await stop('SIGTERM')
    expect(manager.petted()).toBeNull()
    const last = manager.news.findIndex(({ state }) => state === 'stopping')
    expect(last).toBeGreaterThan(0)
    expect(manager.news.slice(last + 1)).toContainEqual({ status: '[6/6] State is closed', extendMs: 30_000 })
  })

  it('is not petted any more when a duty hangs, and says so', async () => {
    queue.makeReady = () => new Promise(() => {})
    await on.clock.advance(1_200_000)
    expect(manager.petted()).toBe(false)
    expect((await daemon.services.status()).degraded).toEqual([
      expect.stringContaining('wedged: making due tasks ready'),
    ])
    await stop('SIGTERM')
    expect((await stopped) as object).toMatchObject({
      problems: [expect.stringContaining('making due tasks ready: not over')],
    })
  })

  it('hands over: names its successor, leaves workers and database, and does not say that it stops', async () => {
    expect(daemon.services.identity()).toEqual({
      version: '0.0.0',
      pid: 42,
      manager: 'systemd unit jr.service',
    })
    expect(daemon.services.shutdown('cli:ada', { workers: 'leave', successor: 43 })).toBe('leave')
    const { by, workers, successor } = await daemon.shutdownAsked
    stopped = daemon.stop(by, workers, successor)
    await on.clock.advance(1_000)
    expect(await stopped).toMatchObject({ left: [jr], problems: [] })
    expect(closed).toEqual([true])
    expect(manager.news).toContainEqual({ mainPid: 43 })
    expect(manager.news.some(({ state }) => state === 'stopping')).toBe(false)
  })

  it.each([
    ['it alone was stopped', true],
    ['the whole machine slept', false],
  ])('kills nobody for the silence of five minutes in which %s', async (_, beatsGoOn) => {
    const mark = on.machine.spawned.at(-1)?.env['JRCTL_WORKER_ID'] ?? ''
    const beat = () =>
      queue.beat({
        instanceId: instanceId(mark),
        jrNames: [jr],
        nodeId: nodeId('node-1'),
        pid: 7,
        load: 0,
      })
    const beatFor = async (ms: number) => {
      for (let passed = 0; passed < ms; passed += 30_000) {
        await beat()
        await on.clock.advance(30_000)
      }
    }
    await beatFor(300_000)
    on.clock.stall(300_000)
    if (beatsGoOn) await beat()
    // The daemon may look before a worker that slept has beaten again.
    await on.clock.advance(20_000)
    await beatFor(300_000)
    expect(on.machine.signals).toEqual([])
    expect((await daemon.services.status()).workers).toMatchObject([{ state: 'running', restarts: 0 }])
    expect(ledgerTypes()).toContain('daemon.stalled')
    // But a worker that is silent while the daemon looks is ended.
    await on.clock.advance(300_000)
    expect(on.machine.signals).not.toEqual([])
  })
})
