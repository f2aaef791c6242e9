import { expect, it } from 'vitest'
import { createLedgerPruning } from '../../../src/daemon/ledger/ledger-pruning.ts'
import { fakeClock } from '../../fakes/clock.ts'
import { fakeLedger } from '../../fakes/ledger.ts'
import { fakeLogger } from '../../fakes/logger.ts'

const dayMs = 86_400_000

it.each([
  ['by age', { ledgerMs: 2 * dayMs, ledgerEntries: 1_000 }, 4],
  ['by number', { ledgerMs: null, ledgerEntries: 2 }, 4],
  ['not while both bounds hold', { ledgerMs: 30 * dayMs, ledgerEntries: 1_000 }, 0],
])('prunes %s, says so once, and leaves a chain that verifies', async (_, policy, gone) => {
  const clock = fakeClock()
  const ledger = fakeLedger(clock)
  for (let day = 0; day < 6; day++) {
    await ledger.append({
      eventType: 'worker.running',
      level: 'info',
      actor: 'daemon',
      message: `day ${day}`,
    })
    await clock.advance(dayMs - 1)
  }
  const pruning = createLedgerPruning({ ledger, policy, clock, logger: fakeLogger() })
  await pruning.runNow()
  const kept = ledger.entries.map(({ message }) => message)
  const days = Array.from({ length: 6 - gone }, (__, index) => `day ${index + gone}`)
  expect(kept.filter((message) => message.startsWith('day'))).toEqual(days)
  const told = ledger.entries.filter(({ eventType }) => eventType === 'ledger.pruned')
  expect(told).toMatchObject(gone === 0 ? [] : [{ data: { pruned: gone } }])
  expect(await ledger.verify()).toMatchObject({ ok: true })
  await pruning.stop()
})
