import { join } from 'node:path'
import { countDeath, environmentOf, pointName, type Style, type Surroundings, workCommand } from './node.ts'
import { type Program, pause, signal, startProgram } from './processes.ts'

/** A worker that nobody supervises: what it held when it dies comes back by the end of its leases alone. */
export interface Loner {
  program(): Program
  /** Ends for good: SIGTERM. */
  stop(): Promise<void>
}

/** @param nextPoint where each new one is to die; null: nowhere */
export async function startLoner(
  name: string,
  folder: string,
  at: Surroundings,
  style: Style,
  nextPoint: () => string | null,
): Promise<Loner> {
  let stopping = false
  let program = await launch()
  const kept = keep()

  async function launch(): Promise<Program> {
    const point = nextPoint()
    const env = { ...environmentOf(at, folder), JRCTL_NODE_ID: name }
    const started = await startProgram([at.program, ...workCommand(at.effectsFile, style)], {
      cwd: folder,
      env: point === null ? env : { ...env, JRCTL_TEST_DIE_AT: point },
      log: join(folder, `${name}.log`),
    })
    if (point !== null) void countDeath(started, pointName(style, point), at.tally)
    return started
  }

  async function keep(): Promise<void> {
    for (;;) {
      await program.exited
      await pause(50)
      if (stopping || at.over.aborted) return
      program = await launch()
    }
  }

  return {
    program: () => program,
    async stop() {
      stopping = true
      signal(program.pid, 'SIGTERM')
      await kept
    },
  }
}
