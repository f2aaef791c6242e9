import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Campaign, NewCampaign } from '../../src/domain/campaign.ts'
import type { Campaigns } from '../../src/ports/campaigns.ts'

const minute = 60_000

/** @param nowMs of the clock by which campaigns begin and end */
export function campaignsContract(
  name: string,
  make: () => Promise<{ campaigns: Campaigns; nowMs: () => Promise<number>; dispose: () => Promise<void> }>,
): void {
  describe(`campaigns contract: ${name}`, () => {
    let under: Awaited<ReturnType<typeof make>>
    beforeAll(async () => {
      under = await make()
    })
    afterAll(() => under.dispose())

    let fresh = 0
    async function add(more: Partial<NewCampaign> = {}): Promise<Campaign> {
      const verdict = await under.campaigns.add({ name: `campaign ${(fresh += 1)}`, ...more })
      if (verdict.kind !== 'done') throw new Error(verdict.kind)
      return verdict.campaign
    }
    const activeIds = async () =>
      (await under.campaigns.list({ activeOnly: true, limit: 1_000 })).map(({ id }) => id)

    it('adds with its defaults, and lists the newest first', async () => {
      const [one, two] = [await add({ name: ' Spring ' }), await add({ budget: 12.5, status: 'paused' })]
      expect(one).toEqual({
        id: one.id,
        name: 'Spring',
        status: 'active',
        budget: 0,
        startsAt: null,
        endsAt: null,
        isActive: true,
      })
      expect(two).toMatchObject({ status: 'paused', budget: 12.5, isActive: false })
      expect((await under.campaigns.list({ limit: 2 })).map(({ id }) => id)).toEqual([two.id, one.id])
      expect((await under.campaigns.list({ limit: 1, before: two.id })).map(({ id }) => id)).toEqual([one.id])
    })

    it('are active within their time alone', async () => {
      const now = await under.nowMs()
      const [on, later, over] = [
        await add({ startsAt: now - minute, endsAt: now + minute }),
        await add({ startsAt: now + minute }),
        await add({ endsAt: now - minute }),
      ]
      const active = await activeIds()
      expect([on, later, over].map(({ id }) => active.includes(id))).toEqual([true, false, false])
      expect([on, later, over].map(({ isActive }) => isActive)).toEqual([true, false, false])
    })

    it('changes what is said, and nothing else', async () => {
      const { id, ...before } = await add({ budget: 3, endsAt: 4e12 })
      expect(await under.campaigns.set(id, { status: 'paused', endsAt: null })).toEqual({
        kind: 'done',
        campaign: { ...before, id, status: 'paused', endsAt: null, isActive: false },
      })
      expect(await under.campaigns.set(id, { status: 'paused' })).toMatchObject({ kind: 'unchanged' })
      expect(await under.campaigns.set(987_654, { budget: 1 })).toEqual({ kind: 'not_found' })
    })

    it('has a name once, however it is spelt', async () => {
      const { id } = await add({ name: 'Advent' })
      const other = await add()
      expect(await under.campaigns.add({ name: 'ADVENT ' })).toMatchObject({
        kind: 'taken',
        campaign: { id },
      })
      expect(await under.campaigns.set(other.id, { name: 'advent' })).toMatchObject({ kind: 'taken' })
      expect(await under.campaigns.set(id, { name: 'ADVENT' })).toMatchObject({
        kind: 'done',
        campaign: { name: 'ADVENT' },
      })
    })

    it('is found by number or name', async () => {
      const [one, two] = [await add({ name: 'By number' }), await add({ name: 'By name' })]
      const found = await under.campaigns.find([{ id: one.id }, { name: ' by NAME' }, { name: 'unknown' }])
      expect(new Set(found.map(({ id }) => id))).toEqual(new Set([one.id, two.id]))
      expect(await under.campaigns.find([{ id: one.id }])).toEqual([one])
      const foreign = await add({ name: 'Übersicht İ' })
      expect(await under.campaigns.find([{ name: 'Übersicht İ' }])).toEqual([foreign])
    })

    it.each<[Partial<NewCampaign>, string]>([
      [{ name: ' ' }, 'is empty'],
      [{ name: 'x'.repeat(201) }, '201 bytes, the limit is 200'],
      [{ budget: -1 }, 'the budget is -1, allowed is a number from 0'],
      [{ budget: Number.NaN }, 'the budget is NaN'],
      [{ budget: Number.POSITIVE_INFINITY }, 'the budget is Infinity'],
      [{ startsAt: 2_000, endsAt: 1_000 }, 'would end at 1970-01-01T00:00:01.000Z, and start at'],
    ])('refuses %j', async (wrong, message) => {
      await expect(add(wrong)).rejects.toThrow(message)
    })

    it('refuses an end before the start that it has', async () => {
      const { id } = await add({ startsAt: 2_000 })
      await expect(under.campaigns.set(id, { endsAt: 1_000 })).rejects.toThrow('would end at')
    })
  })
}
