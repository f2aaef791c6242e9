import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { systemClock } from '../../../src/adapters/clock.ts'
import { createProcessHost } from '../../../src/adapters/process/process-host.ts'
import { fakeLogger } from '../../fakes/logger.ts'

/** Before the shell had become the command, every fourth was lost on a busy machine, and its worker waited for as at work. */
const starts = 24

it('a signal right after a start reaches the command, and is not lost on the shell before it', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'jrctl-early-'))
  const host = createProcessHost({ runDir: join(folder, 'run'), clock: systemClock(), logger: fakeLogger() })
  const exits = await Promise.all(
    Array.from({ length: starts }, async (_, index) => {
      const { identity, exited } = await host.spawn({
        command: ['sleep', '1000'],
        cwd: folder,
        env: { PATH: process.env['PATH'] ?? '' },
        logFile: join(folder, 'log'),
        mark: `early-${process.pid}-${index}`,
      })
      await host.signalMain(identity, 'SIGTERM')
      return exited
    }),
  )
  expect(exits.map(({ signal }) => signal)).toEqual(Array.from({ length: starts }, () => 'SIGTERM'))
  await rm(folder, { recursive: true, force: true })
})
