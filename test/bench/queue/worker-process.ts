import { spawn } from 'node:child_process'
import { once } from 'node:events'

/** A contender's worker, a process of its own. */
export interface WorkerProcess {
  pid: number
  /** Rejects when it ends before it is told to, with the last it said. */
  failed: Promise<never>
  /** SIGTERM, and SIGKILL when it does not heed it. */
  stop(): Promise<void>
}

const stopTimeoutMs = 30_000
const tailLength = 2_000

export function startWorker(
  argv: readonly [string, ...string[]],
  env: Record<string, string>,
): WorkerProcess {
  const [program, ...args] = argv
  const child = spawn(program, args, { env, stdio: ['ignore', 'pipe', 'pipe'] })
  let said = ''
  let stopping = false
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => (said = (said + text).slice(-tailLength)))
  }
  const exited = once(child, 'exit')
  const failed = exited.then(([code, signal]) => {
    if (stopping) return new Promise<never>(() => {})
    throw new Error(`${argv.join(' ')} ended (${code ?? signal}):\n${said}`)
  })
  failed.catch(() => {})
  return {
    pid: child.pid ?? 0,
    failed,
    async stop() {
      stopping = true
      child.kill('SIGTERM')
      const timer = setTimeout(() => child.kill('SIGKILL'), stopTimeoutMs)
      await exited
      clearTimeout(timer)
    },
  }
}
