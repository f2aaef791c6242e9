import { join } from 'node:path'
import { expect, it } from 'vitest'
import { killed, openedState, runProgram, stateDir } from './fixture.ts'

it.each([1, 40, 300])('kill -9 after %i acknowledged entries loses none of them', async (count) => {
  const dir = await stateDir()
  const { child, lines } = runProgram('append-forever.ts', join(dir, 'state.sqlite'))
  const acknowledged: number[] = []
  while (acknowledged.length < count) acknowledged.push(Number((await lines.next()).value))
  await killed(child)
  for await (const line of lines) acknowledged.push(Number(line))

  const { state } = await openedState(dir)
  expect(state.rebuilt).toBe(false)
  const verdict = await state.ledger.verify()
  expect(verdict).toMatchObject({ ok: true })
  expect(verdict.entries).toBeGreaterThanOrEqual(acknowledged.length)
  const kept = new Set(state.ledger.read({ limit: 100_000 }).map(({ id }) => id))
  expect(acknowledged.filter((id) => !kept.has(id))).toEqual([])
})
