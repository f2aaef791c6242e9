import Database from 'better-sqlite3'
import { existsSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { setAsideFiles, verifyLedgerFile } from '../../../src/adapters/sqlite/ledger-file.ts'
import { examineState } from '../../../src/adapters/sqlite/state-checkup.ts'
import { appendMany, meddle, openedState, stateDir } from './fixture.ts'

describe('a ledger verified in its file', () => {
  it('is whole beside the daemon that writes it and after it, and the file stays as it was', async () => {
    const { path, state } = await openedState()
    await appendMany(state, 3)
    expect(await verifyLedgerFile(path)).toMatchObject({ ok: true, entries: 3 })
    await state.close()
    const before = statSync(path)
    expect(await verifyLedgerFile(path)).toMatchObject({ ok: true, entries: 3 })
    expect(statSync(path)).toMatchObject({ mtimeMs: before.mtimeMs, size: before.size })
  })

  it('leaves nothing beside a file that nobody has open, and all that a daemon has', async () => {
    const { path, state } = await openedState()
    await appendMany(state, 3)
    const besides = () => ['-wal', '-shm'].map((end) => existsSync(`${path}${end}`))
    await verifyLedgerFile(path)
    examineState(path)
    expect(besides()).toEqual([true, true])
    await appendMany(state, 1)
    await state.close()
    expect(besides()).toEqual([false, false])
    expect(await verifyLedgerFile(path)).toMatchObject({ ok: true, entries: 4 })
    expect(examineState(path)).toMatchObject({ damage: null, ledger: { checked: 4 } })
    expect(besides()).toEqual([false, false])
    // As an earlier version left them.
    writeFileSync(`${path}-wal`, '')
    expect(await verifyLedgerFile(path)).toMatchObject({ ok: true, entries: 4 })
    expect(besides()).toEqual([false, false])
  })

  it('is broken where somebody changed it, or where the file is damaged', async () => {
    const { path, state } = await openedState()
    await appendMany(state, 3)
    await state.close()
    meddle(path, (db) => {
      const triggers = db.prepare<[], string>("SELECT name FROM sqlite_master WHERE type = 'trigger'").pluck()
      for (const name of triggers.all()) db.exec(`DROP TRIGGER ${name}`)
      db.exec("UPDATE ledger_entries SET message = 'never' WHERE id = 2")
    })
    expect(await verifyLedgerFile(path)).toMatchObject({ ok: false, brokenAt: 2 })
    writeFileSync(path, 'no database at all'.repeat(100))
    expect(await verifyLedgerFile(path)).toMatchObject({ ok: false, brokenAt: 1 })
  })

  it("is not looked for in another program's file", async () => {
    const path = join(await stateDir(), 'other.sqlite')
    const db = new Database(path)
    db.exec('CREATE TABLE other (id INTEGER)')
    db.close()
    await expect(verifyLedgerFile(path)).rejects.toMatchObject({ code: 'state.foreign' })
  })

  it('finds what was set aside, the oldest first', async () => {
    const path = join(await stateDir(), 'state.sqlite')
    for (const name of ['.damaged-2', '.damaged-1', '.damaged-1-wal', '.damaged-2-shm', ''])
      writeFileSync(path + name, '')
    expect(await setAsideFiles(path)).toEqual([`${path}.damaged-1`, `${path}.damaged-2`])
    expect(await setAsideFiles('/nowhere/state.sqlite')).toEqual([])
  })
})
