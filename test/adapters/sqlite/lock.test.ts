import { mkdirSync, readFileSync, readdirSync, rmdirSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { lockState, readOwner } from '../../../src/adapters/sqlite/lock.ts'
import { killed, runProgram, stateDir } from './fixture.ts'

function held(dir: string): { release: () => void } {
  const lock = lockState(dir)
  if (lock.kind !== 'held') throw new Error(`held by ${lock.ownerPid}`)
  onTestFinished(() => lock.release())
  return lock
}

describe('lockState', () => {
  it('makes one owner, who is named to the next', async () => {
    const dir = await stateDir()
    const lock = held(dir)
    expect(lockState(dir)).toEqual({ kind: 'taken', ownerPid: process.pid })
    expect(lockState(dir), 'having asked must not have dropped it').toEqual({
      kind: 'taken',
      ownerPid: process.pid,
    })
    expect(readOwner(dir)?.pid).toBe(process.pid)
    lock.release()
    lock.release()
    expect(readOwner(dir)).toBeNull()
    held(dir)
  })

  it('is private and leaves nothing that says more', async () => {
    const dir = await stateDir()
    held(dir)
    expect(readdirSync(dir).sort()).toEqual(['daemon.json', 'daemon.lock'])
    for (const file of readdirSync(dir)) expect(statSync(join(dir, file)).mode & 0o777, file).toBe(0o600)
    expect(Object.keys(JSON.parse(readFileSync(join(dir, 'daemon.json'), 'utf8')) as object)).toEqual([
      'pid',
      'startTime',
    ])
  })

  it('holds against another process, in both directions', async () => {
    const dir = await stateDir()
    const lock = held(dir)
    const second = runProgram('hold-lock.ts', dir)
    expect((await second.lines.next()).value).toBe(JSON.stringify({ kind: 'taken', ownerPid: process.pid }))
    lock.release()
    const third = runProgram('hold-lock.ts', dir)
    expect((await third.lines.next()).value).toBe(JSON.stringify({ kind: 'held' }))
    expect(lockState(dir)).toEqual({ kind: 'taken', ownerPid: third.child.pid })
  })

  it('goes to exactly one of many that start together, and the others learn whose it is', async () => {
    const dir = await stateDir()
    const rivals = Array.from({ length: 5 }, () => runProgram('hold-lock.ts', dir))
    const answers = await Promise.all(
      rivals.map(async ({ lines }) => JSON.parse(String((await lines.next()).value)) as { kind: string }),
    )
    const owner = rivals[answers.findIndex(({ kind }) => kind === 'held')]?.child.pid
    const taken = { kind: 'taken', ownerPid: owner }
    expect(answers.filter(({ kind }) => kind !== 'held')).toEqual([taken, taken, taken, taken])
  })

  it('is not kept by one that could not write down whose it is', async () => {
    const dir = await stateDir()
    mkdirSync(join(dir, 'daemon.json'))
    expect(() => lockState(dir)).toThrow()
    rmdirSync(join(dir, 'daemon.json'))
    const { lines } = runProgram('hold-lock.ts', dir)
    expect((await lines.next()).value).toBe(JSON.stringify({ kind: 'held' }))
  })

  it('is freed by kill -9, and the dead owner is named no more', async () => {
    const dir = await stateDir()
    const { child, lines } = runProgram('hold-lock.ts', dir)
    await lines.next()
    await killed(child)
    expect(readOwner(dir)).toBeNull()
    held(dir)
    expect(readOwner(dir)?.pid).toBe(process.pid)
  })

  it.each([
    ['no note', null],
    ['half a note', '{"pid": 1'],
    ['a note of another kind', '["pid"]'],
    ['a pid that somebody else has now', JSON.stringify({ pid: process.pid, startTime: 1 })],
    ['a pid that nobody has', JSON.stringify({ pid: 2 ** 22 + 1, startTime: 1 })],
  ])('names nobody by %s', async (_, note) => {
    const dir = await stateDir()
    if (note !== null) writeFileSync(join(dir, 'daemon.json'), note)
    expect(readOwner(dir)).toBeNull()
  })
})
