import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { systemClock } from '../../../src/adapters/clock.ts'
import { type ApiClient, createClient } from '../../../src/client/client.ts'
import type { WorkerView } from '../../../src/domain/worker.ts'
import type { Ground } from '../fleet/ground.ts'
import { environmentOf, kill } from '../fleet/node.ts'
import { type Program, pause, runVariable, signal, startProgram } from '../fleet/processes.ts'

/** A state directory and the daemons that run on it, one after the other. */
export interface Fleet {
  folder: string
  /** The jrctl that is put to the test. */
  program: string
  api: ApiClient
  /** Starts a daemon; nothing is waited for. `dieAt`: where it kills itself (death-points.ts). */
  launch(dieAt?: string): Promise<Program>
  daemon(): Program
  /** SIGKILL; settles when it is gone. */
  kill(): Promise<void>
  /** SIGTERM; settles with its exit code. */
  stop(): Promise<number | null>
  /** What the daemon says of its workers; nothing while it does not answer. */
  views(): Promise<WorkerView[]>
}

export interface FleetOptions {
  name: string
  program?: string
  /** More lines of [supervisor], and whole tables of other names. */
  supervisor?: string
  tables?: string
  workers: readonly WorkerTable[]
}

export interface WorkerTable {
  name: string
  command: readonly string[]
  /** More lines. */
  more?: string
}

/** Waits a hundredth of the usual, where that only makes a test slower. */
const settings = (url: string, supervisor: string): string => `state_dir = "state"
[queue]
url = ${JSON.stringify(url)}
connect_timeout = "5s"
pool_size = 2
lease = "2s"
renew_interval = "500ms"
poll_interval = "300ms"
retry_initial = "100ms"
retry_max = "200ms"
[api]
listen = "off"
worker_socket = "state/workers.sock"
[shutdown]
finish_grace = "0s"
[supervisor]
backoff_initial = "50ms"
backoff_max = "200ms"
${supervisor}
`

const tableOf = ({ name, command, more = '' }: WorkerTable, run: string): string => `[[workers]]
name = ${JSON.stringify(name)}
command = ${JSON.stringify(command)}
stop_grace = "1s"
env = { ${runVariable} = ${JSON.stringify(run)} }
${more}
`

export async function prepareFleet(ground: Ground, options: FleetOptions): Promise<Fleet> {
  const { at } = ground
  const program = options.program ?? at.program
  const folder = join(at.folder, options.name)
  await mkdir(folder, { recursive: true })
  const configuration = [
    settings(at.databaseUrl, options.supervisor ?? ''),
    options.tables ?? '',
    ...options.workers.map((worker) => tableOf(worker, at.run)),
  ]
  await writeFile(join(folder, 'jrctl.toml'), configuration.join('\n'), { mode: 0o600 })
  const api = createClient({
    socketPath: join(folder, 'state', 'jrctl.sock'),
    actor: 'chaos',
    clock: systemClock(),
    timeoutMs: 20_000,
  })
  let current: Program | null = null
  const daemon = (): Program => {
    if (current === null) throw new Error('no daemon was launched yet')
    return current
  }
  return {
    folder,
    program,
    api,
    daemon,
    async launch(dieAt) {
      current = await startProgram([program, 'daemon'], {
        cwd: folder,
        env: { ...environmentOf(at, folder), ...(dieAt === undefined ? {} : { JRCTL_TEST_DIE_AT: dieAt }) },
        log: join(folder, 'daemon.log'),
      })
      return current
    },
    async kill() {
      kill(daemon().pid)
      await daemon().exited
    },
    async stop() {
      signal(daemon().pid, 'SIGTERM')
      return (await daemon().exited).code
    },
    views: async () => {
      try {
        return (await api.call('status', {})).workers
      } catch {
        return []
      }
    },
  }
}

/** Between two looks at a daemon that is coming up. */
const lookMs = 10

/** Settles with the time it took until the daemon says so of its workers; rejects with what it said last, and its log. */
export async function untilWorkers(
  fleet: Fleet,
  what: string,
  holds: (views: readonly WorkerView[]) => boolean,
  withinMs = 30_000,
): Promise<number> {
  const startMs = performance.now()
  for (;;) {
    const views = await fleet.views()
    const tookMs = performance.now() - startMs
    if (holds(views)) return tookMs
    if (tookMs > withinMs) throw new Error(`${what}: not within ${withinMs} ms\n${toldBy(fleet, views)}`)
    await pause(lookMs)
  }
}

export const allRun =
  (count: number) =>
  (views: readonly WorkerView[]): boolean =>
    views.length === count && views.every(({ state }) => state === 'running')

function toldBy(fleet: Fleet, views: readonly WorkerView[]): string {
  const states = views.map(({ name, state, reason }) => `${name}: ${state}, ${reason}`)
  return [...states, '…', fleet.daemon().printed().slice(-3_000)].join('\n')
}
