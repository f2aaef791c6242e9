import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { jrctlPath } from '../../support/jrctl.ts'
import { migrateForTests } from '../../support/migrate.ts'
import type { BenchServer } from '../queue/server.ts'
import type { Contender } from './contender.ts'
import { type Foreground, plainEnvironment, startForeground } from './programs.ts'

const startTimeoutMs = 60_000

/**
 * jrctl through the built bundle, its queue in a PostgreSQL that runs already.
 * @param waits with the backoff and breakers that it has by default, not as fast as it can
 */
export function jrctlContender(server: BenchServer, waits: boolean): Contender {
  return {
    name: 'jrctl',
    setUp: 'without backoff and breakers, and in the crash loop with its defaults; PostgreSQL runs already',
    missing: () => null,
    async prepare({ folder, count, command }) {
      const database = await server.database()
      await migrateForTests(database.url)
      await writeFile(
        join(folder, 'jrctl.toml'),
        `state_dir = "state"
[queue]
url = ${JSON.stringify(database.url)}
${waits ? '' : withoutWaits}
[[workers]]
name = "Bench Jr."
command = ${JSON.stringify(command)}
instances = ${count}
`,
        { mode: 0o600 },
      )
      const env = plainEnvironment(folder)
      let daemon: Foreground | null = null
      const launch = async (): Promise<void> => {
        daemon = await startForeground([jrctlPath, 'daemon'], {
          cwd: folder,
          env,
          log: join(folder, `daemon-${performance.now()}.log`),
        })
        await daemon.said(/ runs, pid/, startTimeoutMs)
      }
      const running = (): Foreground => {
        if (daemon === null) throw new Error('jrctl was not launched')
        return daemon
      }
      return {
        launch,
        relaunch: launch,
        daemonPid: () => running().pid,
        async shutDown() {
          process.kill(running().pid, 'SIGTERM')
          await running().exited
        },
        status: { argv: [jrctlPath, '--config', join(folder, 'jrctl.toml'), 'status'], env },
        dispose: () => database.drop(),
      }
    },
  }
}

const withoutWaits = `[supervisor]
backoff_initial = "0s"
breaker_failures = 0
fleet_restarts = 0
`
