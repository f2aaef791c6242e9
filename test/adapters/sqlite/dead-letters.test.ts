import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openState } from '../../../src/adapters/sqlite/open-state.ts'
import { deadLetterBookContract } from '../../contract-suites/dead-letter-book.ts'
import { fakeClock } from '../../fakes/clock.ts'
import { fakeDeadLetterBook } from '../../fakes/dead-letter-book.ts'
import { fakeLogger } from '../../fakes/logger.ts'

deadLetterBookContract('sqlite', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'jrctl-book-'))
  const path = join(dir, 'state.sqlite')
  const state = openState({ path, clock: fakeClock(), logger: fakeLogger() })
  return {
    book: state.deadLetters,
    async dispose() {
      await state.close()
      await rm(dir, { recursive: true, force: true })
    },
  }
})

deadLetterBookContract('in memory', async () => ({ book: fakeDeadLetterBook(), dispose: async () => {} }))
