import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { taskId } from '../../src/domain/ids.ts'
import { exitCode } from '../../src/errors.ts'
import { serve, type Served } from './served.ts'

let served: Served
beforeEach(async () => {
  served = await serve()
})
afterEach(() => served.stop())

const add = async (name: string) => (await served.client.call('addCampaign', { name })).campaign.id
const campaignOf = async (id: number) =>
  (await served.client.call('getTask', { id: taskId(id) })).task.campaignId

describe('campaigns', () => {
  it('are added, changed and listed, and the ledger says who did it', async () => {
    const id = await add('Spring / Summer')
    const { changed, campaign } = await served.client.call('setCampaign', {
      campaign: 'spring / summer',
      budget: 120,
    })
    expect([changed, campaign.id, campaign.budget]).toEqual([true, id, 120])
    expect(await served.client.call('setCampaign', { campaign: `#${id}`, budget: 120 })).toMatchObject({
      changed: false,
    })
    expect(await served.client.call('listCampaigns', { active: true, limit: 1 })).toMatchObject({
      campaigns: [{ id, name: 'Spring / Summer', budget: 120 }],
      nextBefore: id,
    })
    const told = served.services.ledger.read({ limit: 10 }).map(({ eventType, actor }) => [eventType, actor])
    expect(told).toEqual([
      ['campaign.added', 'cli:tester (self-declared)'],
      ['campaign.changed', 'cli:tester (self-declared)'],
    ])
  })

  it('with a name that is taken are refused', async () => {
    const id = await add('Spring')
    await expect(served.client.call('addCampaign', { name: 'SPRING' })).rejects.toMatchObject({
      message: `Campaign ${id} has the name "Spring" already`,
      exit: exitCode.failed,
    })
  })

  it.each<[object, string]>([
    [{ name: '' }, 'name: is empty'],
    [{ name: 'x', budget: -1 }, 'budget: found -1, allowed at least 0'],
    [{ name: 'x', status: 'off' }, 'status: found "off", allowed active, paused, completed'],
    [{ name: 'x', startsAt: 2, endsAt: 1 }, 'the campaign would end at'],
  ])('like %j are refused', async (campaign, message) => {
    await expect(served.client.call('addCampaign', campaign as { name: string })).rejects.toThrow(message)
  })
})

describe('a task', () => {
  it('names its campaign by number or name, however it is spelt', async () => {
    const [spring, advent] = [await add('Spring'), await add('Advent')]
    const { ids } = await served.client.call('addTasks', {
      tasks: [
        { title: 'a', campaign: 'SPRING' },
        { title: 'b', campaignId: advent },
        { title: 'c', campaign: String(advent) },
        { title: 'd' },
      ],
    })
    expect(await Promise.all(ids.map(campaignOf))).toEqual([spring, advent, advent, null])
    const first = taskId(ids[0] ?? 0)
    await served.client.call('setTask', { id: first, campaign: 'advent' })
    expect(await campaignOf(first)).toBe(advent)
    const { tasks } = await served.client.call('listTasks', { campaign: 'Advent' })
    expect(tasks.map(({ title }) => title)).toEqual(['c', 'b', 'a'])
    await served.client.call('setTask', { id: first, campaign: null })
    expect(await campaignOf(first)).toBeNull()
  })

  it('of an unknown campaign is refused with all others, and what was probably meant', async () => {
    await add('Spring')
    const tasks = [{ title: 'a' }, { title: 'b', campaign: 'Sprnig' }]
    await expect(served.client.call('addTasks', { tasks })).rejects.toMatchObject({
      message: 'There is no campaign "Sprnig"',
      hint: 'Did you mean "Spring"? See `jrctl campaigns list`.',
      exit: exitCode.notFound,
    })
    await expect(served.client.call('addTasks', { tasks: [{ title: 'a', campaignId: 99 }] })).rejects.toThrow(
      'There is no campaign 99',
    )
    expect((await served.client.call('listTasks', {})).tasks).toEqual([])
  })

  it('that names two campaigns is refused', async () => {
    const id = await add('Spring')
    const task = { title: 'a', campaign: 'Spring', campaignId: id }
    await expect(served.client.call('addTasks', { tasks: [task] })).rejects.toThrow(
      'campaign: found beside campaignId, allowed one of them',
    )
  })

  it('is found by its channel, however it is spelt', async () => {
    await served.client.call('addTasks', {
      tasks: [{ title: 'a', channel: 'TikTok' }, { title: 'b', channel: 'youtube' }, { title: 'c' }],
    })
    const { tasks } = await served.client.call('listTasks', { channel: ' tiktok' })
    expect(tasks.map(({ title, channel }) => [title, channel])).toEqual([['a', 'TikTok']])
  })

  it.each([-0.1, 100.1])('with a score of %d is refused', async (score) => {
    await expect(served.client.call('addTasks', { tasks: [{ title: 'a', score }] })).rejects.toThrow(/score/)
  })
})
