import { statSync } from 'node:fs'
import { expect, it } from 'vitest'
import { appendMany, meddle, openedState, stateDir } from './fixture.ts'

it('gives pruned space back to the disk, and leaves the chain whole', async () => {
  const { path, state } = await openedState()
  const large = 'x'.repeat(4_000)
  for (let document = 0; document < 3_000; document += 1) state.store.put(`large ${document}`, large)
  await appendMany(state, 20)
  for (let document = 0; document < 3_000; document += 1) state.store.put(`large ${document}`, null)
  const report = await state.upkeep.run()
  expect(report.sizeBefore - report.sizeAfter).toBeGreaterThan(5_000_000)
  // Some pages stay, for the next day to use.
  expect(report.free).toBeGreaterThan(1_000_000)
  expect(report.free).toBeLessThan(5_000_000)
  expect(await state.ledger.verify()).toMatchObject({ ok: true, entries: 20 })
  await state.close()
  expect(statSync(path).size).toBe(report.sizeAfter)
})

it('has little to do when there is nothing', async () => {
  const { state } = await openedState()
  const report = await state.upkeep.run()
  expect(report.sizeAfter).toBe(report.sizeBefore)
})

it('leaves files of before as they are', async () => {
  const dir = await stateDir()
  const first = await openedState(dir)
  await first.state.close()
  meddle(first.path, (db) => {
    db.pragma('auto_vacuum = NONE')
    db.exec('VACUUM')
  })
  const { state } = await openedState(dir)
  for (let document = 0; document < 3_000; document += 1)
    state.store.put(`large ${document}`, 'x'.repeat(4_000))
  for (let document = 0; document < 3_000; document += 1) state.store.put(`large ${document}`, null)
  const report = await state.upkeep.run()
  expect(report.sizeAfter).toBe(report.sizeBefore)
  expect(report.free).toBeGreaterThan(5_000_000)
})
