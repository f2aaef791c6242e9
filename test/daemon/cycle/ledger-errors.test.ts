import { expect, it } from 'vitest'
import { createLedgerErrors } from '../../../src/daemon/cycle/ledger-errors.ts'
import type { LedgerEventType } from '../../../src/domain/ledger-event.ts'
import { fakeClock } from '../../fakes/clock.ts'
import { fakeLedger } from '../../fakes/ledger.ts'

const minute = 60_000

function setUp() {
  const clock = fakeClock()
  const ledger = fakeLedger(clock)
  const error = (eventType: LedgerEventType = 'database.lost', level: 'error' | 'warn' = 'error') =>
    ledger.note({ eventType, level, actor: 'daemon', message: 'm' })
  return { clock, ledger, error }
}

it('counts errors as they are written, but no warnings, and nothing that the cycle wrote', () => {
  const { clock, ledger, error } = setUp()
  const errors = createLedgerErrors(ledger, clock)
  expect(errors.lastHour()).toBe(0)
  error()
  error('dlq.added')
  error('database.lost', 'warn')
  error('orchestrator.cycle_error')
  error('system.health.critical')
  expect(errors.lastHour()).toBe(2)
})

it('begins with what an earlier daemon wrote within the hour, and forgets each an hour after it was written', async () => {
  const { clock, ledger, error } = setUp()
  error()
  await clock.advance(40 * minute)
  error()
  error('orchestrator.cycle_error')
  await clock.advance(30 * minute)
  const errors = createLedgerErrors(ledger, clock)
  expect(errors.lastHour()).toBe(1)
  error()
  expect(errors.lastHour()).toBe(2)
  await clock.advance(31 * minute)
  expect(errors.lastHour()).toBe(1)
  await clock.advance(30 * minute)
  expect(errors.lastHour()).toBe(0)
})

it('holds to its count when the clock is set, and asks the ledger but once', async () => {
  const { clock, ledger, error } = setUp()
  let reads = 0
  const errors = createLedgerErrors(
    {
      ...ledger,
      read(filter) {
        reads += 1
        return ledger.read(filter)
      },
    },
    clock,
  )
  error()
  clock.jumpWall(24 * 60 * minute)
  expect(errors.lastHour()).toBe(1)
  clock.jumpWall(-48 * 60 * minute)
  error()
  expect(errors.lastHour()).toBe(2)
  await clock.advance(62 * minute)
  expect(errors.lastHour()).toBe(0)
  expect(reads).toBe(1)
})

it('hears nothing more once it is stopped', () => {
  const { clock, ledger, error } = setUp()
  const errors = createLedgerErrors(ledger, clock)
  errors.stop()
  error()
  expect(errors.lastHour()).toBe(0)
})
