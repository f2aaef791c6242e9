import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Program, pause, runVariable, signal, startProgram, supervisedWorkers } from './processes.ts'
import type { Tally } from '../tally.ts'

export const jrName = 'Chaos Jr.'

/** Where a run's programs find each other. */
export interface Surroundings {
  /** The jrctl that is put to the test. */
  program: string
  run: string
  folder: string
  effectsFile: string
  databaseUrl: string
  tally: Tally
  /** Aborted when the run ends: nothing is started again. */
  over: AbortSignal
}

/** What of a fleet a machine holds: a state directory, and a daemon on it that is started again whenever it ends. */
export interface Node {
  name: string
  folder: string
  stateDir: string
  stateFile: string
  daemon(): Program
  /** This very daemon has said that it runs. */
  isUp(): boolean
  /** The next daemon dies there (death-points.ts). */
  arm(point: string): void
  /** No daemon dies by itself any more. */
  disarm(): void
  workers(): Promise<number[]>
  /** Starts a command beside the daemon. */
  command(...args: string[]): Promise<Program>
  /** SIGTERM, and no other follows. */
  stop(): Promise<number | null>
}

const handler = fileURLToPath(new URL('handler.sh', import.meta.url))
const streamHandler = fileURLToPath(new URL('stream-handler.mjs', import.meta.url))

/** How a worker runs its tasks: a process for each, or one that is told of them. */
export type Style = 'exec' | 'stream'

/** The command line of a worker that serves the chaos. */
export function workCommand(effectsFile: string, style: Style): [string, ...string[]] {
  return style === 'exec'
    ? ['work', jrName, '--slots', '3', '--', 'sh', handler, effectsFile]
    : ['work', jrName, '--stream', '--concurrency', '4', '--', process.execPath, streamHandler, effectsFile]
}

/** Times a tenth of the usual, so that a minute of the test sees what a quarter of an hour would. */
export const leaseMs = 2_000
const settings = (url: string): string => `
state_dir = "state"
[queue]
url = ${JSON.stringify(url)}
lease = "${leaseMs}ms"
renew_interval = "500ms"
poll_interval = "300ms"
retry_initial = "100ms"
retry_max = "400ms"
connect_timeout = "1s"
statement_timeout = "2s"
lock_timeout = "700ms"
[supervisor]
backoff_initial = "100ms"
backoff_max = "400ms"
breaker_failures = 0
fleet_restarts = 0
[api]
listen = "off"
worker_socket = "state/workers.sock"
[shutdown]
finish_grace = "1s"
`

export async function startNode(
  name: string,
  at: Surroundings,
  options: {
    instances: number
    style?: Style
    wrap?: (argv: string[]) => [string, ...string[]]
    env?: Record<string, string>
  },
): Promise<Node> {
  const folder = join(at.folder, name)
  await mkdir(folder, { recursive: true })
  const [program, ...args] = ['jrctl', ...workCommand(at.effectsFile, options.style ?? 'exec')]
  await writeFile(
    join(folder, 'jrctl.toml'),
    `${settings(at.databaseUrl)}
[[workers]]
name = ${JSON.stringify(jrName)}
command = ${JSON.stringify([program, ...args])}
instances = ${options.instances}
stop_grace = "2s"
env = { ${runVariable} = ${JSON.stringify(at.run)} }
`,
    { mode: 0o600 },
  )
  const env = { ...environmentOf(at, folder), ...options.env }
  const wrap = options.wrap ?? ((argv: string[]) => argv as [string, ...string[]])
  let point: string | null = null
  let settled = true
  let stopping = false
  let daemon = await launch()
  await daemon.said(/ runs, pid/)
  const kept = keep()

  async function launch(): Promise<Program> {
    const armed = point
    point = null
    const started = await startProgram(wrap([at.program, 'daemon']), {
      cwd: folder,
      env: { ...env, ...(armed === null ? {} : { JRCTL_TEST_DIE_AT: armed }) },
      log: join(folder, 'daemon.log'),
    })
    if (armed !== null) void diesAt(started, armed)
    return started
  }

  /** A boot that failed for want of a database has not come that far: the next one shall. */
  async function diesAt(started: Program, armed: string): Promise<void> {
    const died = await countDeath(started, pointName('daemon', armed), at.tally)
    if (died.code !== null && !settled) point ??= armed
  }

  async function keep(): Promise<void> {
    for (;;) {
      await daemon.exited
      if (stopping || at.over.aborted) return
      // An exit of its own (a database that is away at boot) comes back at systemd's pace, not at once.
      await pause(100)
      if (stopping || at.over.aborted) return
      daemon = await launch()
      // Asked of the one before, which was dead already.
      if (stopping) signal(daemon.pid, 'SIGTERM')
    }
  }

  return {
    name,
    folder,
    stateDir: join(folder, 'state'),
    stateFile: join(folder, 'state', 'state.sqlite'),
    daemon: () => daemon,
    isUp: () => daemon.printed().includes(`runs, pid ${daemon.pid}`),
    arm(next) {
      point = next
      settled = false
    },
    disarm() {
      point = null
      settled = true
    },
    workers: () => supervisedWorkers(at.run, join(folder, 'state')),
    command: (...words) =>
      startProgram(wrap([at.program, ...words]), {
        cwd: folder,
        env,
        log: join(folder, `${words[0]}-${performance.now()}.log`),
      }),
    async stop() {
      stopping = true
      signal(daemon.pid, 'SIGTERM')
      await kept
      const { code } = await daemon.exited
      return code
    },
  }
}

export function environmentOf(at: Surroundings, folder: string): Record<string, string> {
  return {
    PATH: process.env['PATH'] ?? '',
    HOME: folder,
    XDG_CACHE_HOME: process.env['XDG_CACHE_HOME'] ?? join(process.env['HOME'] ?? folder, '.cache'),
    NO_COLOR: '1',
    [runVariable]: at.run,
  }
}

/** The pids that the test itself has killed: the others that end by SIGKILL died at their point. */
const killedByTest = new Set<number>()

export function kill(pid: number): boolean {
  killedByTest.add(pid)
  return signal(pid, 'SIGKILL')
}

export async function countDeath(
  program: Program,
  point: string,
  tally: Tally,
): Promise<Awaited<Program['exited']>> {
  const ended = await program.exited
  if (ended.signal === 'SIGKILL' && !killedByTest.has(program.pid)) tally.point(point)
  return ended
}

/** As the tally knows it. */
export function pointName(of: 'daemon' | Style, point: string): string {
  const who = { daemon: 'daemon', exec: 'worker', stream: 'streaming worker' }[of]
  return `${who}: ${point.split(':')[0]}`
}
