import type { ClientBase } from 'pg'
import { expect, it } from 'vitest'
import { keepsSession } from '../../../src/adapters/postgres/pooler.ts'

/** A pooler that lends its sessions by the transaction, the one that was given back last first. */
function lastGivenFirst(sessions: number[]) {
  const free = [...sessions]
  const client = (): ClientBase => {
    let held: number | undefined
    const query = async (sql: string) => {
      const session = held ?? free.pop()
      if (session === undefined) throw new Error('no session is free')
      held = sql === 'begin' || (held !== undefined && sql !== 'rollback') ? session : undefined
      if (held === undefined) free.push(session)
      return { rows: [{ pid: session }] }
    }
    return { query } as unknown as ClientBase
  }
  return { client, free }
}

it('a third client that is in the way once does not make a pooler look like a direct connection', async () => {
  const pooler = lastGivenFirst([1, 2, 3])
  const [client, third] = [pooler.client(), pooler.client()]
  const other = pooler.client()
  let isInTheWay = true
  const disturbed = {
    async query(sql: string) {
      if (!isInTheWay || sql !== 'begin') return await other.query(sql)
      isInTheWay = false
      // It has the session that the first one used last, and gives it back as soon as the second one has another.
      await third.query('begin')
      const answer = await other.query(sql)
      await third.query('rollback')
      return answer
    },
  } as unknown as ClientBase
  expect(await keepsSession(client, disturbed)).toBe(false)
})

it('sessions of one’s own are kept', async () => {
  expect(await keepsSession(lastGivenFirst([1]).client(), lastGivenFirst([2]).client())).toBe(true)
})
