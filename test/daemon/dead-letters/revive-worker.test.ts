import { expect, test } from 'vitest'
import { reviveWith } from '../../../src/daemon/dead-letters/revive-worker.ts'
import { createWorkerLetters } from '../../../src/daemon/dead-letters/worker-letters.ts'
import type { DeadLetter } from '../../../src/domain/dead-letter.ts'
import { jrName, nodeId } from '../../../src/domain/ids.ts'
import type { WorkerVerdict } from '../../../src/supervisor/supervisor.ts'
import { fakeClock } from '../../fakes/clock.ts'
import { fakeDeadLetterBook } from '../../fakes/dead-letter-book.ts'
import { fakeLedger } from '../../fakes/ledger.ts'
import { fakeLogger } from '../../fakes/logger.ts'
import { supervisorIn, worker, world } from '../../supervisor/setup.ts'

const research = jrName('Research Jr.')

function letterOf(): DeadLetter {
  const book = fakeDeadLetterBook()
  const clock = fakeClock()
  const on = { book, nodeId: nodeId('node'), ledger: fakeLedger(clock), clock, logger: fakeLogger() }
  const facts = { department: null, restarts: 4, lastExit: null, lastHealthCheckAt: null }
  createWorkerLetters(on).gaveUp({ name: research, error: 'gave up', ...facts })
  const [letter] = book.list({ limit: 1 })
  if (letter === undefined) throw new Error('there is no letter')
  return letter
}

test.each<[WorkerVerdict, object | null]>([
  [{ kind: 'done', workers: [] }, null],
  [
    { kind: 'refused', reason: 'it is paused' },
    { reason: 'it is paused', next: 'jrctl workers' },
  ],
  [
    { kind: 'not_found', known: [] },
    {
      reason: 'Research Jr. is not configured any more',
      next: 'jrctl dlq purge, when it is not to come back',
    },
  ],
])('a start that is %j', async (verdict, answer) => {
  const revive = reviveWith({ command: async () => verdict, runNow: () => null })
  expect(await revive(letterOf(), 'ann')).toEqual(answer)
})

test('a replayed letter starts its worker, whose breaker is closed', async () => {
  const on = world()
  on.machine.programs.set('research', { exits: 1 })
  const supervisor = supervisorIn(on, [worker()])
  await supervisor.start()
  await on.clock.advance(75_000)
  expect(supervisor.views()[0]?.state).toBe('disabled_by_failure')
  on.machine.programs.delete('research')
  const revive = reviveWith({ command: (...args) => supervisor.command(...args), runNow: () => null })
  expect(await revive(letterOf(), 'ann')).toBeNull()
  expect(supervisor.views()[0]?.state).toBe('running')
  expect(supervisor.breaker().workers).toEqual([])
})
