import { execFile } from 'node:child_process'

export interface ProgramCall {
  program: string
  args: readonly string[]
  env: NodeJS.ProcessEnv
  timeoutMs: number
  stdin?: string
}

export type ProgramAnswer =
  { kind: 'ended'; code: number; stdout: string; stderr: string } | { kind: 'missing' } | { kind: 'late' }

/** What one of systemd's programs may say; a crontab is far smaller, too. */
const outputMax = 1024 * 1024

/** Runs a program of the system to its end; it is ended when it takes too long. Never rejects. */
export function runProgram({ program, args, env, timeoutMs, stdin }: ProgramCall): Promise<ProgramAnswer> {
  const limits = { env, timeout: timeoutMs, killSignal: 'SIGKILL', maxBuffer: outputMax } as const
  return new Promise((resolve) => {
    const child = execFile(program, args, limits, (error, stdout, stderr) => {
      if (error === null) resolve({ kind: 'ended', code: 0, stdout, stderr })
      else if (error.code === 'ENOENT' || error.code === 'EACCES') resolve({ kind: 'missing' })
      else if (error.killed === true) resolve({ kind: 'late' })
      else resolve({ kind: 'ended', code: typeof error.code === 'number' ? error.code : 1, stdout, stderr })
    })
    // One that ends without reading what it is told has said why.
    child.stdin?.on('error', () => {})
    child.stdin?.end(stdin ?? '')
  })
}

/** The last of what a program said of its failure, on one line. */
export function whyFailed(answer: ProgramAnswer, program: string): string {
  if (answer.kind === 'missing') return `there is no program ${program}`
  if (answer.kind === 'late') return `${program} does not answer`
  const said = answer.stderr.trim().split('\n').slice(-2).join(' ')
  return (said || `${program} ended with code ${answer.code}`).slice(0, 500)
}
