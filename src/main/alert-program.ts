import { systemPipes } from '../adapters/process/pipes.ts'
import { sanitize } from '../domain/sanitize.ts'
import type { AlertProgramEnd, AlertProgramRunner } from '../ports/alerts.ts'
import type { Clock } from '../ports/clock.ts'
import type { Random } from '../ports/random.ts'
import { createCommandHost, type RunningCommand } from '../worker/command-process.ts'

/** Of what it says the end is kept, for the reason of a failure. */
const tailBytes = 2_048
const tailCharacters = 200

/** Runs programs as a worker runs its commands: each in a session of its own, of which nothing is left when it has ended. */
export function alertProgramRunner(clock: Clock, random: Random): AlertProgramRunner {
  const start = createCommandHost(clock, systemPipes())
  return async ({ command, env, stdin, timeoutMs }, signal) => {
    const mark = random.hex(16)
    const said = tail()
    const spec = { command, stdin, mark, stdout: said, stderr: said }
    const spawned = await start({ ...spec, env: { ...env, JRCTL_ATTEMPT_MARK: mark } })
    if (spawned.kind !== 'started')
      return { kind: 'failed', reason: `cannot be run: ${spawned.reason}`, tail: '' }
    return await attend(spawned.command, { clock, timeoutMs, signal, tail: () => said.text() })
  }
}

async function attend(
  command: RunningCommand,
  {
    clock,
    timeoutMs,
    signal,
    tail: said,
  }: { clock: Clock; timeoutMs: number; signal: AbortSignal; tail: () => string },
): Promise<AlertProgramEnd> {
  let cause: string | null = null
  const end = (why: string): void => {
    cause ??= why
    command.end(0)
  }
  const abort = (): void => end('was ended: we are ending')
  const timer = clock.after(timeoutMs, () => end(`did not end within ${timeoutMs} ms`))
  signal.addEventListener('abort', abort, { once: true })
  if (signal.aborted) abort()
  const { code, signal: by } = await command.ended
  timer.cancel()
  signal.removeEventListener('abort', abort)
  if (cause !== null) return { kind: 'failed', reason: cause, tail: said() }
  if (code === null) return { kind: 'failed', reason: `was ended by ${by ?? 'a signal'}`, tail: said() }
  return { kind: 'exited', code, tail: said() }
}

/** Keeps the end of what is pushed, however much that is. */
function tail(): { push(chunk: Buffer): void; end(): void; text(): string } {
  let kept: Buffer = Buffer.alloc(0)
  return {
    push(chunk) {
      const all = Buffer.concat([kept, chunk.subarray(-tailBytes)])
      kept = all.subarray(-tailBytes)
    },
    end() {},
    text: () => sanitize(kept.toString('utf8').replaceAll(/\s+/g, ' ').trim().slice(-tailCharacters)),
  }
}
