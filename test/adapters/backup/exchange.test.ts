import { mkdir, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import {
  type Exchange,
  exchange,
  finishExchange,
  readExchange,
} from '../../../src/adapters/backup/exchange.ts'

const plan: Exchange = {
  staged: 'restoring',
  aside: 'before',
  names: ['postgres', 'state.sqlite'],
  without: ['state.sqlite-wal'],
}

/** An old state, and a new one that waits. */
async function stateDir(): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'jrctl-exchange-'))
  onTestFinished(() => rm(dir, { recursive: true, force: true }))
  for (const [place, text] of [
    [dir, 'old'],
    [join(dir, 'restoring'), 'new'],
  ] as const) {
    await mkdir(join(place, 'postgres'), { recursive: true })
    await writeFile(join(place, 'postgres/data'), text)
    await writeFile(join(place, 'state.sqlite'), text)
  }
  await writeFile(join(dir, 'state.sqlite-wal'), 'old')
  await writeFile(join(dir, 'daemon.lock'), 'stays')
  return dir
}

const textOf = (...path: string[]) => readFile(join(...path), 'utf8').catch(() => null)
async function stateOf(dir: string) {
  const at = async (place: string) =>
    Promise.all(['postgres/data', 'state.sqlite', 'state.sqlite-wal'].map((name) => textOf(place, name)))
  return { here: await at(dir), aside: await at(join(dir, 'before')) }
}
const old = { here: ['old', 'old', 'old'], aside: [null, null, null] }
const fresh = { here: ['new', 'new', null], aside: ['old', 'old', 'old'] }

it('puts the new in the place of the old, which is kept', async () => {
  const dir = await stateDir()
  await exchange(dir, plan)
  expect(await stateOf(dir)).toEqual(fresh)
  expect((await readdir(dir)).toSorted()).toEqual(['before', 'daemon.lock', 'postgres', 'state.sqlite'])
  expect(await finishExchange(dir)).toBeNull()
})

it('does so where nothing is', async () => {
  const dir = await stateDir()
  for (const name of ['postgres', 'state.sqlite', 'state.sqlite-wal'])
    await rm(join(dir, name), { recursive: true })
  await exchange(dir, plan)
  expect(await stateOf(dir)).toEqual({ ...fresh, aside: [null, null, null] })
})

it('leaves the old or comes to the new, whenever it is broken off, and however often', async () => {
  for (let death = 1; ; death += 1) {
    const dir = await stateDir()
    let steps = 0
    const dying = () => {
      steps += 1
      if (steps === death) throw new Error('killed')
    }
    const killed = await exchange(dir, plan, dying).then(
      () => false,
      () => true,
    )
    if (!killed) {
      expect(death).toBeGreaterThan(6)
      return
    }
    const decided = (await readExchange(dir)) !== null
    if (!decided) expect(await stateOf(dir)).toEqual(old)
    // Killed again at each later step, too.
    for (let again = 1; again <= (decided ? 6 : 0); again += 1) {
      let left = again
      await finishExchange(dir, () => {
        left -= 1
        if (left === 0) throw new Error('killed')
      }).catch(() => {})
    }
    await finishExchange(dir)
    expect(await stateOf(dir)).toEqual(decided ? fresh : old)
  }
})
