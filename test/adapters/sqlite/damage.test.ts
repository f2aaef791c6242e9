import {
  closeSync,
  copyFileSync,
  mkdirSync,
  openSync,
  readFileSync,
  statSync,
  truncateSync,
  writeSync,
} from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { openState } from '../../../src/adapters/sqlite/open-state.ts'
import { instanceId, jrName, taskId } from '../../../src/domain/ids.ts'
import type { LedgerEntry } from '../../../src/domain/ledger-event.ts'
import { OperationalError } from '../../../src/errors.ts'
import type { StoredWorker } from '../../../src/ports/state-store.ts'
import { fakeClock } from '../../fakes/clock.ts'
import { fakeLogger } from '../../fakes/logger.ts'

const entries = 40

/** A sound file with a ledger of every kind of field, made once, and what it says. */
async function soundFile(dir: string): Promise<{ path: string; said: LedgerEntry[] }> {
  const path = join(dir, 'state.sqlite')
  const state = openState({ path, clock: fakeClock(), logger: fakeLogger() })
  for (let n = 1; n <= entries; n++) {
    await state.ledger.append({
      eventType: n % 2 === 0 ? 'task.updated' : 'worker.ended',
      level: n % 3 === 0 ? 'error' : 'info',
      actor: 'jr:Research Jr.',
      message: `message ${n}`,
      ...(n % 2 === 0 && { taskId: taskId(n), dedupeKey: `task:${n}:1` }),
      ...(n % 5 === 0 && { worker: 'Research Jr.' }),
      ...(n % 4 === 0 && { data: { version: n, text: 'x'.repeat(300), nothing: null } }),
    })
  }
  state.store.put('node.id', 'here')
  const said = state.ledger.read({ limit: 1_000 })
  await state.close()
  return { path, said }
}

async function inFolder(use: (dir: string) => Promise<void>): Promise<void> {
  const dir = await mkdtemp(join(tmpdir(), 'jrctl-damage-'))
  try {
    await use(dir)
  } finally {
    await rm(dir, { recursive: true })
  }
}

/** Opened as the next daemon would; anything but a sound state, a new one, or a plain refusal is a fault of ours. */
async function judge(
  path: string,
  said: readonly LedgerEntry[],
): Promise<'sound' | 'found' | 'set aside' | 'refused'> {
  let state
  try {
    state = openState({ path, clock: fakeClock(), logger: fakeLogger() })
  } catch (error) {
    expect(error).toBeInstanceOf(OperationalError)
    expect((error as OperationalError).code).toMatch(/^state\./)
    return 'refused'
  }
  try {
    if (state.rebuilt) return 'set aside'
    const verdict = await state.ledger.verify()
    if (!verdict.ok) return 'found'
    // What verifies is what was written, all of it.
    expect(state.ledger.read({ limit: 1_000 })).toEqual(said)
    return 'sound'
  } finally {
    await state.close()
  }
}

describe('a damaged state file', () => {
  it('gives up what can be read of it: which node, which workers, who is paused, and no more', async () => {
    await inFolder(async (dir) => {
      const path = join(dir, 'state.sqlite')
      const options = { path, clock: fakeClock(), logger: fakeLogger() }
      const before = openState(options)
      const worker: StoredWorker = {
        instanceId: instanceId('i-1'),
        name: jrName('Research Jr.'),
        slot: 1,
        definitionHash: 'd',
        state: 'running',
        identity: { pid: 42, startTime: 7, bootId: 'b', mark: 'i-1' },
        startedAt: 1.5,
        restarts: 2,
        failures: [1, 2],
        lastExit: null,
      }
      before.store.saveWorker(worker)
      before.store.put('node.id', 'here')
      before.store.put('supervisor.paused', ['it_triad_jr'])
      before.store.put('runs.workers', ['Report Jr.'])
      before.store.put('events.cursor', { id: 7, gaps: [] })
      await before.ledger.append({
        eventType: 'daemon.started',
        level: 'info',
        actor: 'daemon',
        message: 'lost',
      })
      await before.close()
      const db = new Database(path)
      const broken = { ...worker, identity: { pid: 'x' } }
      db.prepare('INSERT INTO workers VALUES (?, ?, ?, ?)').run('i-2', 'x', 1, JSON.stringify(broken))
      db.prepare('INSERT INTO workers VALUES (?, ?, ?, ?)').run('i-3', 'x', 1, '{')
      const page = db
        .prepare("SELECT rootpage FROM sqlite_master WHERE name = 'ledger_entries'")
        .pluck()
        .get()
      db.close()
      const file = openSync(path, 'r+')
      writeSync(file, Buffer.alloc(4096, 0xab), 0, 4096, (Number(page) - 1) * 4096)
      closeSync(file)

      const after = openState(options)
      expect(after.rebuilt).toBe(true)
      expect(after.store.workers()).toEqual([worker])
      expect(after.store.get('node.id')).toBe('here')
      expect(after.store.get('supervisor.paused')).toEqual(['it_triad_jr'])
      expect(after.store.get('runs.workers')).toEqual(['Report Jr.'])
      // From the first event that there still is, all that happened to tasks is copied anew.
      expect(after.store.get('events.cursor')).toBeUndefined()
      expect(after.ledger.read({ limit: 10 })).toEqual([])
      await after.close()
    })
  })

  it('is never taken for sound, and never crashes us: bytes flipped and ends cut at random', async () => {
    await inFolder(async (dir) => {
      const sound = await soundFile(dir)
      const size = statSync(sound.path).size
      const seen: Record<string, number> = {}
      let round = 0
      const damage = fc.oneof(
        {
          weight: 4,
          arbitrary: fc.array(fc.record({ at: fc.nat(size - 1), bits: fc.integer({ min: 1, max: 255 }) }), {
            minLength: 1,
            maxLength: 4,
          }),
        },
        { weight: 1, arbitrary: fc.integer({ min: 0, max: size - 1 }) },
      )
      await fc.assert(
        fc.asyncProperty(damage, async (one) => {
          const folder = join(dir, `${round++}`)
          mkdirSync(folder, { mode: 0o700 })
          const path = join(folder, 'state.sqlite')
          copyFileSync(sound.path, path)
          if (typeof one === 'number') truncateSync(path, one)
          else for (const { at, bits } of one) flip(path, at, bits)
          const verdict = await judge(path, sound.said)
          seen[verdict] = (seen[verdict] ?? 0) + 1
          await rm(folder, { recursive: true })
        }),
        { numRuns: 250 },
      )
      // A test of damage that met none would prove nothing.
      expect((seen['set aside'] ?? 0) + (seen['found'] ?? 0)).toBeGreaterThan(20)
    })
  })

  it('verify finds any flipped byte of any field of any entry', async () => {
    await inFolder(async (dir) => {
      const { path } = await soundFile(dir)
      const state = openState({ path, clock: fakeClock(), logger: fakeLogger() })
      const db = new Database(path)
      db.exec('DROP TRIGGER ledger_entries_no_update')
      const columns = (db.pragma('table_info(ledger_entries)') as { name: string; type: string }[]).filter(
        ({ name }) => name !== 'id',
      )
      const isFree = db.prepare<[string | number]>('SELECT 1 FROM ledger_entries WHERE dedupe_key = ?')
      const field = fc.record({
        id: fc.integer({ min: 1, max: entries }),
        column: fc.constantFrom(...columns),
        at: fc.nat(),
        bit: fc.nat(6),
      })
      await fc.assert(
        fc.asyncProperty(field, async ({ id, column: { name, type }, at, bit }) => {
          const read = db.prepare<[number], string | number | null>(
            `SELECT ${name} FROM ledger_entries WHERE id = ?`,
          )
          const value = read.pluck().get(id) ?? null
          const write = db.prepare(`UPDATE ledger_entries SET ${name} = ? WHERE id = ?`)
          // One letter of a dedupe key makes it another's now and then, which the index refuses.
          const other = flipped(value, type, at, bit)
          fc.pre(name !== 'dedupe_key' || isFree.get(other) === undefined)
          write.run(other, id)
          const verdict = await state.ledger.verify()
          write.run(value, id)
          expect(verdict).toMatchObject({ ok: false, brokenAt: id })
        }),
        { numRuns: 500 },
      )
      expect(await state.ledger.verify()).toMatchObject({ ok: true, entries })
      await state.close()
      db.close()
    })
  })
})

function flip(path: string, at: number, bits: number): void {
  const file = openSync(path, 'r+')
  const [byte = 0] = readFileSync(path).subarray(at, at + 1)
  writeSync(file, Buffer.from([byte ^ bits]), 0, 1, at)
  closeSync(file)
}

/** The value with one bit of one of its bytes turned; of what is not there, something. */
function flipped(value: string | number | null, type: string, at: number, bit: number): string | number {
  if (typeof value === 'number') return value ^ (1 << bit)
  if (value === null) return type === 'INTEGER' ? at : 'something'
  const bytes = Buffer.from(value)
  const index = at % bytes.length
  bytes.writeUInt8(bytes.readUInt8(index) ^ (1 << bit), index)
  return bytes.toString()
}
