import { createWriteStream } from 'node:fs'
import type { Writable } from 'node:stream'
import { exitCode } from '../errors.ts'
import { createRunner } from './runner.ts'
import type { Runner, RunnerOptions } from './runner.ts'

/** The signals that ask this process to end. */
export interface StopSignals {
  /** Calls back on SIGTERM and SIGINT until the returned function is called. */
  subscribe(listener: (signal: NodeJS.Signals) => void): () => void
}

/**
 * `jrctl work`: serves the queue until a signal comes; a second one hurries. Answers the exit code. Rejects with
 * OperationalError `process.missing` when the command cannot be run, after everything was given back.
 */
export async function runWorker(options: RunnerOptions & { signals: StopSignals }): Promise<number> {
  const runner = createRunner(options)
  const asked = Promise.withResolvers<string>()
  let count = 0
  const unsubscribe = options.signals.subscribe((signal) => {
    asked.resolve(signal)
    if (++count > 1) runner.hurry()
  })
  try {
    await runner.start()
    await runner.stop(await Promise.race([asked.promise, runner.failed]))
    return exitCode.ok
  } catch (error) {
    await stopAfter(error, runner)
    throw error
  } finally {
    unsubscribe()
  }
}

async function stopAfter(error: unknown, runner: Runner): Promise<void> {
  await runner.stop(error instanceof Error ? error.message : 'failure')
}

/**
 * A stream onto an inherited descriptor that never blocks the event loop: writes go through libuv's threads, unlike those
 * of process.stdout, which are synchronous for files and pipes.
 */
export function openLog(fd: 1 | 2): Writable {
  const stream = createWriteStream('', { fd, autoClose: false })
  // A log that cannot be written (disk full, reader gone) must not end the work.
  stream.on('error', () => {})
  return stream
}
