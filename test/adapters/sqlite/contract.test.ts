import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openState } from '../../../src/adapters/sqlite/open-state.ts'
import { ledgerContract } from '../../contract-suites/ledger.ts'
import { stateStoreContract } from '../../contract-suites/state-store.ts'
import { fakeClock } from '../../fakes/clock.ts'
import { fakeLogger } from '../../fakes/logger.ts'

/** One property makes many states: each gets, and removes, a directory of its own. */
async function make() {
  const dir = await mkdtemp(join(tmpdir(), 'jrctl-contract-'))
  const clock = fakeClock()
  const open = () => openState({ path: join(dir, 'state.sqlite'), clock, logger: fakeLogger() })
  let state = open()
  const reopen = async () => {
    await state.close()
    state = open()
    return state
  }
  const dispose = async (): Promise<void> => {
    await state.close()
    await rm(dir, { recursive: true })
  }
  return { state, clock, reopen, dispose }
}

stateStoreContract('sqlite', async () => {
  const { state, reopen, dispose } = await make()
  return { store: state.store, reopen: async () => (await reopen()).store, dispose }
})
ledgerContract('sqlite', async () => {
  const { state, clock, reopen, dispose } = await make()
  return { ledger: state.ledger, clock, reopen: async () => (await reopen()).ledger, dispose }
})
