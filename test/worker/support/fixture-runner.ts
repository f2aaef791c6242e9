import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Writable } from 'node:stream'
import { onTestFinished } from 'vitest'
import { systemClock } from '../../../src/adapters/clock.ts'
import { systemRandom } from '../../../src/adapters/random.ts'
import { instanceId, jrName, nodeId } from '../../../src/domain/ids.ts'
import type { Runner, RunnerOptions } from '../../../src/worker/runner.ts'
import { createRunner } from '../../../src/worker/runner.ts'
import { fakeLogger } from '../../fakes/logger.ts'
import type { FakeLogger } from '../../fakes/logger.ts'
import { queueDouble } from './queue-double.ts'
import type { QueueDouble } from './queue-double.ts'

export interface FixtureRunner {
  queue: QueueDouble
  runner: Runner
  logger: FakeLogger
  options: RunnerOptions
  /** What the runner wrote to its own stdout and stderr. */
  log: { stdout: string[]; stderr: string[] }
  /** A folder for what scripts leave; in their environment as FIXTURE. */
  folder: string
}

/** A runner over the double and real `/bin/sh` children; stopped and cleaned up with the test. */
export async function fixtureRunner(
  script: string,
  more: Partial<RunnerOptions> = {},
): Promise<FixtureRunner> {
  const folder = await mkdtemp(join(tmpdir(), 'jrctl-test-work-'))
  const queue = queueDouble()
  const logger = fakeLogger()
  const log = { stdout: [] as string[], stderr: [] as string[] }
  const options: RunnerOptions = {
    queue,
    notifier: queue.notifier,
    clock: systemClock(),
    random: systemRandom(),
    logger,
    policy: {
      pollIntervalMs: 30_000,
      claimBatch: 100,
      leaseMs: 60_000,
      renewIntervalMs: 15_000,
      finishMs: 2000,
      stopGraceMs: 4000,
    },
    identity: { instanceId: instanceId('i-1'), nodeId: nodeId('n-1'), pid: process.pid },
    jrNames: [jrName('Research Jr.')],
    slots: 1,
    acceptUnassigned: true,
    stream: false,
    command: ['/bin/sh', '-c', script],
    env: { PATH: process.env['PATH'], FIXTURE: folder, TMPDIR: folder },
    log: { stdout: collect(log.stdout), stderr: collect(log.stderr) },
    ...more,
  }
  const runner = createRunner(options)
  onTestFinished(async () => {
    runner.hurry()
    await runner.stop('the test is over')
    await rm(folder, { recursive: true, force: true })
  })
  return { queue, runner, logger, options, log, folder }
}

export function collect(into: string[]): Writable {
  return new Writable({
    write(chunk: Buffer, _encoding, done) {
      into.push(chunk.toString('utf8'))
      done()
    },
  })
}

/** Whether a process exists that is no zombie. */
export async function isAlive(pid: number): Promise<boolean> {
  try {
    const stat = await readFile(`/proc/${pid}/stat`, 'latin1')
    return !/^[ZX]/.test(stat.slice(stat.lastIndexOf(')') + 2))
  } catch {
    return false
  }
}
