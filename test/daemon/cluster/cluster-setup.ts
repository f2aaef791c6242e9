import { type Cluster, createCluster } from '../../../src/daemon/cluster/cluster.ts'
import type { DatabaseWatch } from '../../../src/daemon/queue/database-watch.ts'
import type { WorkerDefinition } from '../../../src/config/policy.ts'
import { instanceId, jrName, nodeId, type TaskId } from '../../../src/domain/ids.ts'
import type { Clock } from '../../../src/ports/clock.ts'
import type { ClusterDuties } from '../../../src/ports/cluster-duties.ts'
import type { NewTask } from '../../../src/ports/task-queue.ts'
import { fakeClock } from '../../fakes/clock.ts'
import { fakeCluster, listAll } from '../../fakes/cluster.ts'
import { fakeLedger, type FakeLedger } from '../../fakes/ledger.ts'
import { fakeLogger } from '../../fakes/logger.ts'
import { fakeTaskQueue } from '../../fakes/task-queue.ts'
// The daemon loads it when it needs it, which takes real time the first time.
import '../../../src/expressions/task-condition.ts'
import { policyOf } from '../policy.ts'

/** One database that many nodes share, and time. */
export function fleet() {
  const clock = fakeClock()
  const queue = fakeTaskQueue(clock)
  const shared = fakeCluster(clock, queue)
  const nodes: TestNode[] = []

  return {
    clock,
    queue,
    shared,
    /** Starts a node; `duties` stands between it and the database. */
    node(
      name: string,
      more: { workers?: WorkerDefinition[]; duties?: Partial<ClusterDuties> } = {},
    ): TestNode {
      const made = createNode(name, clock, shared, more)
      nodes.push(made)
      made.cluster.start()
      return made
    },
    add: (...tasks: Partial<NewTask>[]): Promise<TaskId[]> =>
      queue.add(
        tasks.map((task) => Object.assign({ title: 'a task' }, task)),
        'tester',
      ),
    beat: (jr: string, load = 0) =>
      queue.beat({ instanceId: instanceId(jr), jrNames: [jrName(jr)], nodeId: nodeId('n'), pid: 1, load }),
    /** Who has the tasks of the queue. */
    async lines(): Promise<Record<string, number>> {
      const lines: Record<string, number> = {}
      for (const { assignedJr } of await listAll(queue)) {
        const name = assignedJr ?? 'nobody'
        lines[name] = (lines[name] ?? 0) + 1
      }
      return lines
    },
    async end(): Promise<void> {
      const ended = Promise.all(nodes.map(({ cluster }) => cluster.stop().then(() => cluster.leave())))
      // A pass may be in a pause.
      await clock.advance(5_000)
      await ended
    },
  }
}

export interface TestNode {
  cluster: Cluster
  ledger: FakeLedger
  said(): string[]
  /** Its timers run no more, as if it was killed or stopped for good. */
  die(): void
}

function createNode(
  name: string,
  clock: Clock,
  shared: ReturnType<typeof fakeCluster>,
  { workers = [], duties = {} }: { workers?: WorkerDefinition[]; duties?: Partial<ClusterDuties> },
): TestNode {
  const logger = fakeLogger()
  const ledger = fakeLedger(clock)
  let lives = true
  const own: Clock = {
    ...clock,
    after: (delayMs, action, options) => clock.after(delayMs, () => lives && action(), options),
  }
  const cluster = createCluster(
    {
      policy: { ...policyOf(), workers },
      nodeId: nodeId(name),
      version: '1.0.0',
      cluster: { ...shared, duties: { ...shared.duties, ...duties }, hostname: `host-of-${name}` },
      notifier: shared.notifier,
      clock: own,
      ledger,
      logger,
    },
    untroubled,
  )
  shared.notifier.subscribe((notice) => lives && cluster.noticed(notice))
  return {
    cluster,
    ledger,
    said: () => logger.lines.map(({ message }) => message),
    die: () => void (lives = false),
  }
}

const untroubled: DatabaseWatch = { up: true, lastError: null, settled() {} }
