import { randomBytes } from 'node:crypto'
import { cp, mkdtemp, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connect } from '../../../src/adapters/postgres/connect.ts'
import { targetOfUrl } from '../../../src/adapters/postgres/connection-target.ts'
import { createTaskQueue } from '../../../src/adapters/postgres/task-queue.ts'
import { Secret } from '../../../src/config/policy.ts'
import type { TaskQueue } from '../../../src/ports/task-queue.ts'
import { jrctlPath } from '../../support/jrctl.ts'
import { proxyBefore, type TcpProxy } from '../../support/tcp-proxy.ts'
import type { Tally } from '../tally.ts'
import type { Surroundings } from './node.ts'
import { startGuardian } from './processes.ts'
import { type ChaosServer, startServer } from './server.ts'

/** A database of the run's own behind a proxy, and a folder for nodes and workers; empty of both, and of a schema. */
export interface Ground {
  at: Surroundings
  server: ChaosServer
  proxy: TcpProxy
  /** An operator's hands: past the proxy. */
  queue: TaskQueue
  clockFile: string
  /** Ends everything that the run has started and removes what it wrote. */
  end(): Promise<void>
}

export async function prepareGround(tally: Tally): Promise<Ground> {
  const run = randomBytes(8).toString('hex')
  const folder = await mkdtemp(join(tmpdir(), 'jrctl-chaos-'))
  const guardian = await startGuardian(run, folder)
  const over = new AbortController()
  try {
    const server = await startServer(folder)
    const proxy = await proxyBefore(server.url)
    const clockFile = join(folder, 'clock')
    const effectsFile = join(folder, 'effects')
    await Promise.all([writeFile(clockFile, '0'), writeFile(effectsFile, '')])
    const database = connect(targetOfUrl(new Secret(server.url)), {
      poolSize: 2,
      connectTimeoutMs: 1_000,
      statementTimeoutMs: 3_000,
      lockTimeoutMs: 1_000,
      applicationName: 'chaos',
    })
    return {
      at: {
        program: jrctlPath,
        run,
        folder,
        effectsFile,
        databaseUrl: proxy.through(server.url),
        tally,
        over: over.signal,
      },
      server,
      proxy,
      queue: createTaskQueue(database),
      clockFile,
      async end() {
        over.abort()
        await keepForInspection(folder)
        await database.close()
        await proxy.close()
        await server.stop()
        await guardian.end()
      },
    }
  } catch (error) {
    await guardian.end()
    throw error
  }
}

/** `JRCTL_CHAOS_KEEP=FOLDER`: logs, effects and ledgers of the run, for whoever looks into a failure. */
async function keepForInspection(folder: string): Promise<void> {
  const target = process.env['JRCTL_CHAOS_KEEP'] ?? ''
  if (target === '') return
  const isKept = (path: string): boolean =>
    !path.startsWith(join(folder, 'server')) && !path.endsWith('.sock')
  await cp(folder, target, { recursive: true, filter: isKept, errorOnExist: false, force: true })
}
