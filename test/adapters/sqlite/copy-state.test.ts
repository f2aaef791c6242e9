import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { copyState } from '../../../src/adapters/sqlite/copy-state.ts'
import { verifyLedgerFile } from '../../../src/adapters/sqlite/ledger-file.ts'
import { examineRestored, settleRestored } from '../../../src/adapters/sqlite/restored-state.ts'
import { fakeClock } from '../../fakes/clock.ts'
import { fakeLogger } from '../../fakes/logger.ts'
import { appendMany, entry, killed, meddle, openedState, runProgram, stateDir } from './fixture.ts'

describe('a copy of the state', () => {
  it('is of one moment, while another process writes on without a pause', async () => {
    const dir = await stateDir()
    const path = join(dir, 'state.sqlite')
    const { child, lines } = runProgram('append-forever.ts', path)
    const idAfter = async (count: number) => {
      for (let seen = 1; ; seen += 1) {
        const { value } = await lines.next()
        if (seen === count) return Number(value)
      }
    }
    const before = await idAfter(500)
    const copy = await copyState(path, join(dir, 'copy.sqlite'), { alone: false })
    const after = await idAfter(1)
    await killed(child)
    expect(copy.ledger.lastId).toBeGreaterThanOrEqual(before)
    expect(after).toBeGreaterThan(before)
    expect(await verifyLedgerFile(join(dir, 'copy.sqlite'))).toEqual({
      ok: true,
      entries: copy.ledger.entries,
      head: copy.ledger.head,
    })
  })

  it('of a state that nobody has open leaves nothing beside it', async () => {
    const { state, path } = await openedState()
    await appendMany(state, 3)
    state.store.put('node.id', 'host-1a2b')
    await state.close()
    const target = join(path, '..', 'copy.sqlite')
    expect(await copyState(path, target, { alone: true })).toMatchObject({
      schema: 2,
      nodeId: 'host-1a2b',
      ledger: { entries: 3, lastId: 3 },
    })
    for (const file of [path, target])
      for (const suffix of ['-wal', '-shm', '-journal'])
        await expect(readFile(file + suffix)).rejects.toMatchObject({ code: 'ENOENT' })
  })

  it('ends when it is told to, and not at the end of a large state', async () => {
    const { state, path } = await openedState()
    state.store.put('large', 'x'.repeat(20 * 1024 * 1024))
    const target = join(path, '..', 'copy.sqlite')
    const signal = AbortSignal.abort()
    await expect(copyState(path, target, { alone: false, signal })).rejects.toMatchObject({
      name: 'AbortError',
    })
  })

  it('is refused of what is damaged, newer, or foreign', async () => {
    const { state, path } = await openedState()
    await appendMany(state, 200)
    await state.close()
    const target = join(path, '..', 'copy.sqlite')
    meddle(path, (db) => db.pragma('user_version = 99'))
    await expect(copyState(path, target, { alone: true })).rejects.toMatchObject({
      code: 'state.newer_schema',
    })
    meddle(path, (db) => db.pragma('user_version = 2'))
    const bytes = await readFile(path)
    bytes.fill(0xab, 4096 * 5, 4096 * 9)
    await writeFile(path, bytes)
    await expect(copyState(path, `${target}2`, { alone: true })).rejects.toMatchObject({
      code: 'state.damaged',
    })
    await writeFile(path, 'no database, but long enough for a header of one: '.repeat(40))
    await expect(copyState(path, `${target}3`, { alone: true })).rejects.toMatchObject({
      code: expect.stringMatching(/^state\./),
    })
  })
})

describe('a restored state', () => {
  const worker = (name: string, pid: number) => ({
    instanceId: `${name}-1` as never,
    name: name as never,
    slot: 1,
    definitionHash: 'x',
    state: 'running' as const,
    identity: { pid, startTime: 1, bootId: 'b', mark: 'm' },
    startedAt: 1,
    restarts: 3,
    failures: [],
    lastExit: null,
  })
  const restored = entry('restored', { eventType: 'state.restored' })
  const tools = () => ({ clock: fakeClock(), logger: fakeLogger() })

  it('forgets the workers that are no more, and its ledger says where it comes from', async () => {
    const { state, path } = await openedState()
    await appendMany(state, 2)
    state.store.put('node.id', 'host-1a2b')
    state.store.saveWorker(worker('dead_jr', 10))
    state.store.saveWorker(worker('living_jr', 11))
    await state.close()
    const isLiving = ({ identity }: { identity: { pid: number } | null }) => identity?.pid === 11
    expect(await settleRestored(path, { isLiving, node: false }, restored, tools())).toEqual({
      workersForgotten: 1,
    })
    expect(await examineRestored(path)).toEqual({ entries: 3 })
    const again = await openedState(join(path, '..'))
    expect(again.state.store.workers().map(({ name }) => name)).toEqual(['living_jr'])
    expect(again.state.store.get('node.id')).toBe('host-1a2b')
    expect(again.state.ledger.read({ limit: 1 })).toMatchObject([{ id: 3, eventType: 'state.restored' }])
  })

  it('forgets which node it was, where it is told to', async () => {
    const { state, path } = await openedState()
    state.store.put('node.id', 'host-1a2b')
    await state.close()
    await settleRestored(path, { isLiving: () => false, node: true }, restored, tools())
    const again = await openedState(join(path, '..'))
    expect(again.state.store.get('node.id')).toBeUndefined()
  })

  it('is looked over whole: pages and chain', async () => {
    const { state, path } = await openedState()
    await appendMany(state, 300)
    await state.close()
    meddle(path, (db) => {
      db.exec('DROP TRIGGER ledger_entries_no_update')
      db.exec("UPDATE ledger_entries SET message = 'forged' WHERE id = 100")
    })
    await expect(examineRestored(path)).rejects.toThrow(/its ledger is broken at entry 100/)
  })
})
