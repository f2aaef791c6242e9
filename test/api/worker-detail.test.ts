import { afterEach, beforeEach, expect, it } from 'vitest'
import { serve, type Served } from './served.ts'

let served: Served
beforeEach(async () => {
  served = await serve()
})
afterEach(() => served.stop())

it('tells of a worker how it stands and how it is configured, and the value of no variable', async () => {
  const view = await served.client.call('getWorker', { name: 'a_jr' })
  expect(view).toMatchObject({
    name: 'a_jr',
    instances: [{ name: 'a_jr', slot: 1 }],
    breaker: null,
    definition: { environment: { set: ['SECRET'] }, schedule: null },
  })
  expect(JSON.stringify(view)).not.toContain('canary')
})

it('knows what there is where there is no such worker', async () => {
  await expect(served.client.call('getWorker', { name: 'x' })).rejects.toThrow('There is no worker x')
})

it('asks one instance alone what may be asked of it', async () => {
  await served.client.call('commandWorker', { name: 'a_jr', action: 'restart', instance: 2 })
  await served.client.call('commandWorker', { name: 'a_jr', action: 'stop' })
  expect(served.services.asked.map(({ what }) => what)).toEqual(['restart #2', 'stop'])
  await expect(
    served.client.call('commandWorker', { name: 'a_jr', action: 'pause', instance: 2 }),
  ).rejects.toThrow('pause is of all instances of a worker')
})
