import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { messageOf } from '../errors.ts'
import type { LegacyTask } from './legacy-sql.ts'

/** argv; never a shell line. */
export type ReportCommand = readonly [string, ...string[]]

export type ReportEnd =
  | { kind: 'done'; result: string }
  /** `unstartable`: not the task's fault. */
  | { kind: 'failed' | 'unstartable'; error: string }
  | { kind: 'interrupted' }

/** What the process may see: not the database's address. */
const handedOn = ['PATH', 'HOME', 'LANG', 'TMPDIR', 'NODE_OPTIONS', 'JRCTL_DEMO_PROJECT', 'JRCTL_MARK']

/** Runs the command for one task in a process of its own, with the task as JSON on stdin. Ends it when `hurry` aborts. */
export async function runReportProcess(
  [program, ...args]: ReportCommand,
  task: LegacyTask,
  env: Readonly<Record<string, string | undefined>>,
  hurry: AbortSignal,
): Promise<ReportEnd> {
  const folder = await mkdtemp(join(env['TMPDIR'] ?? tmpdir(), 'legacy-worker-'))
  const resultFile = join(folder, 'result.json')
  try {
    const child = spawn(program, args, {
      env: { ...pick(env, handedOn), JR_TASK_ID: String(task.id), JR_RESULT_FILE: resultFile },
      stdio: ['pipe', 'ignore', 'pipe'],
      signal: hurry,
      killSignal: 'SIGKILL',
    })
    child.stdin.on('error', () => {})
    child.stdin.end(JSON.stringify(task))
    const [[code, signal], stderr] = await Promise.all([
      once(child, 'close') as Promise<[number | null, NodeJS.Signals | null]>,
      text(child.stderr),
    ])
    if (code === 0) return { kind: 'done', result: await readFile(resultFile, 'utf8') }
    return { kind: 'failed', error: `${signal ?? `exit code ${code}`}: ${stderr.trim().slice(-2000)}` }
  } catch (error) {
    if (hurry.aborted) return { kind: 'interrupted' }
    const isSpawn = (error as NodeJS.ErrnoException).syscall?.startsWith('spawn') === true
    return { kind: isSpawn ? 'unstartable' : 'failed', error: messageOf(error) }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

function pick(
  env: Readonly<Record<string, string | undefined>>,
  names: readonly string[],
): Record<string, string> {
  return Object.fromEntries(
    names.flatMap((name) => {
      const value = env[name]
      return value === undefined ? [] : [[name, value]]
    }),
  )
}
