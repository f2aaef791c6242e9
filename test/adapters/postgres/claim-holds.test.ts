import { afterAll, beforeAll, expect, it } from 'vitest'
import { createClaimHolds } from '../../../src/adapters/postgres/claim-holds.ts'
import { createNodes } from '../../../src/adapters/postgres/nodes.ts'
import { createTaskQueue } from '../../../src/adapters/postgres/task-queue.ts'
import { instanceId, jrName, nodeId } from '../../../src/domain/ids.ts'
import { claimOne } from '../../support/claim.ts'
import { queueDatabase, type QueueDatabase } from './support/queue-database.ts'

const [here, elsewhere] = [nodeId('here'), nodeId('elsewhere')]
let database: QueueDatabase

beforeAll(async () => {
  database = await queueDatabase()
  const nodes = createNodes(database.db)
  for (const node of [here, elsewhere]) await nodes.join({ nodeId: node, host: 'h', version: '0' })
})
afterAll(() => database.dispose())

it('a node that is held claims nothing until it is let go, or the time is over; others go on', async () => {
  const holds = createClaimHolds(database.db)
  const queue = createTaskQueue(database.db)
  const jr = jrName('Research Jr.')
  const claimOn = (node: typeof here) =>
    claimOne(queue, {
      jrNames: [jr],
      acceptUnassigned: false,
      instanceId: instanceId(`i-${node}`),
      nodeId: node,
      leaseMs: 60_000,
    })
  await queue.add(
    Array.from({ length: 4 }, () => ({ title: 't', assignedJr: jr })),
    'ann',
  )
  const listener = await database.db.dedicated({ queryTimeoutMs: 10_000, statementTimeoutMs: 10_000 })
  const heard: string[] = []
  listener.client.on('notification', ({ channel, payload }) => void heard.push(`${channel}:${payload}`))
  await listener.query('listen jr_work')

  await queue.beat({ instanceId: instanceId('i'), jrNames: [jr], nodeId: here, pid: 1, load: 0 })
  await holds.holdClaims(here, 'state disk full', 60_000)
  expect(await holds.held()).toEqual([{ nodeId: here, reason: 'state disk full' }])
  expect(await claimOn(here)).toBeNull()
  expect(await claimOn(elsewhere)).not.toBeNull()
  await holds.resumeClaims(here)
  await listener.query('select 1')
  expect(heard.toSorted()).toEqual(['jr_work:', `jr_work:${jr}`])
  expect(await claimOn(here)).not.toBeNull()

  await holds.resumeClaims(here)
  await listener.query('select 1')
  expect(heard).toHaveLength(2)
  await holds.holdClaims(here, 'over at once', -1)
  expect(await claimOn(here)).not.toBeNull()
  await listener.end()
})
