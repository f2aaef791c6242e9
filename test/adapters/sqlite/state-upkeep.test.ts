import { statSync } from 'node:fs'
import { expect, it } from 'vitest'
import { appendMany, meddle, openedState, stateDir } from './fixture.ts'

/** Leaves some 12 MB of free pages in the file, as pruning does. */
function comeAndGo(path: string): void {
  meddle(path, (db) => {
    db.pragma('synchronous = OFF')
    db.exec(`
      WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 3000)
      INSERT INTO documents SELECT 'large ' || i, json_quote(hex(zeroblob(2000))) FROM n;
      DELETE FROM documents WHERE key LIKE 'large %'`)
  })
}

it('gives pruned space back to the disk, and leaves the chain whole', async () => {
  const { path, state } = await openedState()
  comeAndGo(path)
  await appendMany(state, 20)
  const report = await state.upkeep.run()
  expect(report.sizeBefore - report.sizeAfter).toBeGreaterThan(5_000_000)
  // Some pages stay, for the next day to use.
  expect(report.free).toBeGreaterThan(1_000_000)
  expect(report.free).toBeLessThan(5_000_000)
  expect(await state.ledger.verify()).toMatchObject({ ok: true, entries: 20 })
  await state.close()
  expect(statSync(path).size).toBe(report.sizeAfter)
})

it('leaves files of before as large as they are', async () => {
  const dir = await stateDir()
  const first = await openedState(dir)
  await first.state.close()
  meddle(first.path, (db) => {
    db.pragma('auto_vacuum = NONE')
    db.exec('VACUUM')
  })
  const { path, state } = await openedState(dir)
  comeAndGo(path)
  const report = await state.upkeep.run()
  expect(report.sizeAfter).toBeGreaterThanOrEqual(report.sizeBefore)
  expect(report.free).toBeGreaterThan(5_000_000)
})
