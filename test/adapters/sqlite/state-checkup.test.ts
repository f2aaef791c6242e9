import Database from 'better-sqlite3'
import { mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { systemClock } from '../../../src/adapters/clock.ts'
import { openState, type State } from '../../../src/adapters/sqlite/open-state.ts'
import { examineState } from '../../../src/adapters/sqlite/state-checkup.ts'
import { fakeLogger } from '../../fakes/logger.ts'

describe('a look at the local state', () => {
  let folder: string
  let path: string
  let state: State
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'jrctl-checkup-'))
    path = join(folder, 'state.sqlite')
    state = openState({ path, clock: systemClock(), logger: fakeLogger() })
    for (let entry = 0; entry < 5; entry += 1)
      await state.ledger.append({
        eventType: 'daemon.started',
        level: 'info',
        actor: 'test',
        message: `${entry}`,
      })
  })
  afterEach(async () => {
    await state.close()
    await rm(folder, { recursive: true, force: true })
  })

  it('finds it sound while somebody writes it', () => {
    expect(examineState(path)).toMatchObject({ damage: null, ledger: { checked: 5, brokenAt: null } })
  })

  it('names an entry that somebody changed, and one that is gone', () => {
    const db = new Database(path)
    const triggers = db
      .prepare<[], { name: string }>(`SELECT name FROM sqlite_master WHERE type = 'trigger'`)
      .all()
    for (const { name } of triggers) db.exec(`DROP TRIGGER ${name}`)
    db.prepare(`UPDATE ledger_entries SET message = 'never' WHERE id = 4`).run()
    expect(examineState(path).ledger?.brokenAt).toBe(4)
    db.prepare(`DELETE FROM ledger_entries WHERE id = 2`).run()
    expect(examineState(path).ledger?.brokenAt).toBe(3)
    db.close()
  })

  it('finds what no longer is a database, or is that of a later jrctl', async () => {
    const db = new Database(path)
    db.pragma('user_version = 99')
    db.close()
    expect(examineState(path)).toMatchObject({ newer: { found: 99 }, ledger: null })
    const other = join(folder, 'other.sqlite')
    await writeFile(other, 'x'.repeat(10_000))
    expect(examineState(other)).toMatchObject({ damage: 'file is not a database', newer: null, ledger: null })
  })

  it('finds what was emptied, and what is no file', async () => {
    const other = join(folder, 'other.sqlite')
    await writeFile(other, '')
    expect(examineState(other)).toMatchObject({ damage: 'it holds no ledger any more', ledger: null })
    expect(examineState(folder)).toMatchObject({ misplaced: 'something that is no file', ledger: null })
    const link = join(folder, 'link.sqlite')
    await symlink(path, link)
    expect(examineState(link)).toMatchObject({ misplaced: `a link to ${path}`, ledger: null })
  })

  it('throws for what is not there', () => {
    expect(() => examineState(join(folder, 'none'))).toThrow()
  })
})
