import { expect, test } from 'vitest'
import { runWorker } from '../../src/worker/run-worker.ts'
import { fixtureRunner } from './support/fixture-runner.ts'

/** The options of a fixture, run as `jrctl work` does; `signal` sends SIGTERM. */
async function worker(script: string, more: Parameters<typeof fixtureRunner>[1] = {}) {
  const { options, queue } = await fixtureRunner(script, more)
  const listeners = new Set<(signal: NodeJS.Signals) => void>()
  const signals = {
    subscribe(listener: (signal: NodeJS.Signals) => void) {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
  }
  const signal = (): void => {
    for (const listener of listeners) listener('SIGTERM')
  }
  return { queue, signal, listeners, start: () => runWorker({ ...options, signals }) }
}

test('works until a signal, gives back nothing that was finished, answers 0', async () => {
  const { queue, signal, listeners, start } = await worker('echo 1')
  const ids = [queue.add(), queue.add(), queue.add()]
  const running = start()
  await queue.until(() => ids.every((id) => queue.row(id).status === 'completed'))
  signal()
  expect(await running).toBe(0)
  expect(queue.retired).toEqual(['i-1'])
  expect(listeners.size).toBe(0)
})

test('a second signal waits for no work, a third for no command', async () => {
  const policy = {
    pollIntervalMs: 30_000,
    claimBatch: 100,
    leaseMs: 60_000,
    renewIntervalMs: 15_000,
    finishMs: 300000,
    stopGraceMs: 600_000,
  }
  const { queue, signal, start } = await worker(
    'trap "" TERM; echo ::progress 1; while :; do sleep 300; done',
    { policy },
  )
  const id = queue.add()
  const running = start()
  await queue.until(() => queue.row(id).progress.length === 1)
  // To stop; to wait for no work any more; to wait for nothing at all, as its command heeds no TERM.
  for (let asked = 0; asked < 3; asked++) signal()
  expect(await running).toBe(0)
  expect(queue.row(id)).toMatchObject({ status: 'pending', lease: null })
  expect(queue.row(id).released).toHaveLength(1)
})

test('a missing program ends it with an error that says what to do', async () => {
  const { queue, start } = await worker('', { command: ['no-such-program-here'] })
  queue.add()
  await expect(start()).rejects.toMatchObject({
    code: 'process.missing',
    message: 'the command of this worker cannot be run: no program "no-such-program-here" on PATH',
    hint: expect.stringContaining('by its full path') as string,
  })
})

test('a machine that can start no process now costs no task an attempt', async () => {
  const host = async () => ({ kind: 'busy', reason: 'EAGAIN' }) as const
  const { queue, signal, start } = await worker('', { host })
  const id = queue.add()
  const running = start()
  await queue.until(() => queue.row(id).released.length === 1)
  signal()
  expect(await running).toBe(0)
  // One try, then a rest: the task is not passed round and round.
  expect(queue.row(id)).toMatchObject({ status: 'pending', released: ['EAGAIN'] })
})
