import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { isOpen } from '../../../src/adapters/postgres/queue-expressions.ts'
import { jrctlPath, start, temporaryPlace } from '../../support/jrctl.ts'
import type { BenchDatabase } from './server.ts'

/** The default lease is 60 s, renewed every 15 s: everything about leases happens thirty times as fast here. */
export const leaseMs = 2_000
const renewMs = 500

/** Workers of the daemon, workers that nobody supervises, and those whose tasks must never be disturbed. */
export const jrs = { supervised: 'Supervised Jr.', lone: 'Lone Jr.', guarded: 'Guarded Jr.' } as const

/** A handler that tells which attempt began when, in nanoseconds, and by which process, and then works on and on. */
const work = 'sleep 3600'
const handler = `echo "$JR_TASK_ID $JR_TASK_ATTEMPT $(date +%s%N) $$" >> "$BENCH_EFFECTS"; exec ${work}`

export interface Effect {
  taskId: number
  attempt: number
  atMs: number
  pid: number
}

export interface Held {
  taskId: number
  attempt: number
  /** The worker's process. */
  pid: number
}

export interface RecoveryFleet {
  /** Every attempt that began, in the order of beginning. */
  effects(): Promise<Effect[]>
  /** The tasks at work for a Jr, with the worker process that holds each. */
  held(jr: string): Promise<Held[]>
  startLone(): void
  end(): Promise<void>
}

/** A daemon with workers, and lone workers beside it. There are always more workers than tasks, so that one is idle. */
export async function startRecoveryFleet(database: BenchDatabase): Promise<RecoveryFleet> {
  const place = await temporaryPlace({ DATABASE_URL: database.url })
  const effectsFile = join(place.dir, 'effects')
  place.env['BENCH_EFFECTS'] = effectsFile
  await writeFile(effectsFile, '')
  await writeFile(join(place.dir, 'jrctl.toml'), configuration)
  const daemon = start(place, ['daemon'])
  await daemon.said(/ runs, pid/)
  const lone = new Set<ChildProcess>()

  const effects = async (): Promise<Effect[]> => parseEffects(await readFile(effectsFile, 'utf8'))

  return {
    effects,
    async held(jr) {
      const { rows } = await database.client.query<Held>(heldSql, [jr])
      return rows
    },
    startLone() {
      const child = spawn(jrctlPath, workCommand(jrs.lone), {
        cwd: place.dir,
        env: place.env,
        stdio: 'ignore',
      })
      lone.add(child)
      child.once('exit', () => lone.delete(child))
    },
    async end() {
      const exits = [...lone].map((child) => once(child, 'exit'))
      for (const child of lone) child.kill('SIGTERM')
      daemon.child.kill('SIGTERM')
      await Promise.all([daemon.exited, ...exits])
      // Those whose worker was killed and had no supervisor.
      for (const { pid } of await effects()) endHandler(pid)
      await place.remove()
    },
  }
}

/** Also of instances that have died since. */
const heldSql = `select a.task_id::int as "taskId", a.attempt, i.pid from jr_attempts a
  join jr_instances i on i.instance_id = a.instance_id and i.jr_name = a.jr_name
  where a.jr_name = $1 and ${isOpen('a')}`

function workCommand(jr: string): string[] {
  return ['work', jr, '--no-unassigned', '--', 'sh', '-c', handler]
}

const configuration = `state_dir = "state"
[queue]
lease = "${leaseMs}ms"
renew_interval = "${renewMs}ms"
[supervisor]
backoff_initial = "100ms"
breaker_failures = 0
fleet_restarts = 0
backoff_max = "500ms"
healthy_after = "1s"
[shutdown]
finish_grace = "0s"
${[jrs.supervised, jrs.guarded]
  .map(
    (jr) => `[[workers]]
name = "${jr}"
command = ${JSON.stringify(['jrctl', ...workCommand(jr)])}
instances = ${jr === jrs.supervised ? 6 : 2}
stop_grace = "2s"
env_pass = ["BENCH_EFFECTS"]
`,
  )
  .join('')}`

function parseEffects(text: string): Effect[] {
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => {
      const [taskId, attempt, atNs, pid] = line.split(' ').map(Number)
      return { taskId: taskId ?? 0, attempt: attempt ?? 0, atMs: (atNs ?? 0) / 1e6, pid: pid ?? 0 }
    })
}

/** Kills a handler of ours that is left; a process that has its number by now is not one. */
function endHandler(pid: number): void {
  if (isHandler(pid)) process.kill(pid, 'SIGKILL')
}

/** Whether that process is a handler that is at work. */
export function isHandler(pid: number): boolean {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').startsWith(work)
  } catch {
    return false
  }
}
