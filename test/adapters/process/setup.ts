import { readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { systemClock } from '../../../src/adapters/clock.ts'
import { createProcessHost } from '../../../src/adapters/process/process-host.ts'
import { systemRandom } from '../../../src/adapters/random.ts'
import type { Clock } from '../../../src/ports/clock.ts'
import type {
  HostedProcess,
  ProcessHost,
  ProcessIdentity,
  SpawnSpec,
} from '../../../src/ports/process-host.ts'
import { type FakeLogger, fakeLogger } from '../../fakes/logger.ts'

/** A folder, a host, and the certainty that nothing started here outlives the test. */
export interface Ground {
  dir: string
  runDir: string
  logFile: string
  host: ProcessHost
  logger: FakeLogger
  another(clock?: Clock): ProcessHost
  start(command: SpawnSpec['command'], changes?: Partial<SpawnSpec>): Promise<HostedProcess>
  log(): string
  dispose(): Promise<void>
}

/** @param cgroups `off`: the machine has no cgroup that we might use, as most have not. */
export async function ground(cgroups: 'auto' | 'off' = 'off'): Promise<Ground> {
  const dir = await mkdtemp(join(tmpdir(), 'jrctl-process-'))
  const runDir = join(dir, 'run')
  const logFile = join(dir, 'logs', 'worker.log')
  const logger = fakeLogger()
  const another = (clock = systemClock()) => createProcessHost({ runDir, clock, logger, cgroups })
  const host = another()
  const started: ProcessIdentity[] = []
  return {
    dir,
    runDir,
    logFile,
    host,
    logger,
    another,
    start: async (command, changes = {}) => {
      const env = { PATH: process.env['PATH'] ?? '' }
      const mark = systemRandom().hex(16)
      const hosted = await host.spawn({ command, cwd: dir, env, logFile, mark, ...changes })
      started.push(hosted.identity)
      return hosted
    },
    log: () => readFileSync(logFile, 'latin1'),
    dispose: async () => {
      for (const identity of started) await killAll(host, identity)
      await rm(dir, { recursive: true, force: true })
    },
  }
}

export async function killAll(host: ProcessHost, identity: ProcessIdentity): Promise<void> {
  await until(async () => {
    await host.signalTree(identity, 'SIGKILL')
    return (await host.tree(identity)).length === 0
  })
}

/** Polls a fact of the outside world, which nobody announces; fails after 5 s. */
export async function until(fact: () => boolean | Promise<boolean>): Promise<void> {
  const deadlineMs = performance.now() + 5000
  while (!(await fact())) {
    if (performance.now() > deadlineMs) throw new Error(`it has not come within 5 s: ${fact}`)
    await sleep(3)
  }
}

export function isAlive(pid: number): boolean {
  try {
    return !/^\d+ \(.*\) [ZX]/s.test(readFileSync(`/proc/${pid}/stat`, 'latin1'))
  } catch {
    return false
  }
}
