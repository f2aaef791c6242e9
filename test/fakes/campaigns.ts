import { campaignKey, campaignLimits, type Campaign } from '../../src/domain/campaign.ts'
import { checkCampaign, checkSpan } from '../../src/adapters/postgres/campaign-values.ts'
import type { Campaigns } from '../../src/ports/campaigns.ts'
import type { Clock } from '../../src/ports/clock.ts'

/** Campaigns in memory. */
export function fakeCampaigns(clock: Clock): Campaigns {
  const rows = new Map<number, Omit<Campaign, 'isActive'>>()
  let lastId = 0
  const view = (row: Omit<Campaign, 'isActive'>): Campaign => {
    const nowMs = clock.wallMs()
    const isNow = (row.startsAt ?? -Infinity) <= nowMs && (row.endsAt ?? Infinity) > nowMs
    return { ...row, isActive: row.status === 'active' && isNow }
  }
  const all = (): Campaign[] => [...rows.values()].map(view)
  const named = (name: string, but: number | null) =>
    all().find((campaign) => campaignKey(campaign.name) === campaignKey(name) && campaign.id !== but)
  return {
    async add(wanted) {
      checkCampaign(wanted)
      const taken = named(wanted.name, null)
      if (taken !== undefined) return { kind: 'taken', campaign: taken }
      const { name, status = 'active', budget = 0, startsAt = null, endsAt = null } = wanted
      const row = { id: (lastId += 1), name: name.trim(), status, budget, startsAt, endsAt }
      rows.set(row.id, row)
      return { kind: 'done', campaign: view(row) }
    },
    async set(id, changes) {
      checkCampaign(changes)
      const taken = changes.name === undefined ? undefined : named(changes.name, id)
      if (taken !== undefined) return { kind: 'taken', campaign: taken }
      const before = rows.get(id)
      if (before === undefined) return { kind: 'not_found' }
      const given = Object.fromEntries(Object.entries(changes).filter(([, value]) => value !== undefined))
      const row = { ...before, ...given }
      if (JSON.stringify(row) === JSON.stringify(before)) return { kind: 'unchanged', campaign: view(before) }
      checkSpan(row)
      rows.set(id, row)
      return { kind: 'done', campaign: view(row) }
    },
    list: async ({ activeOnly = false, before = Infinity, limit }) =>
      all()
        .filter(({ id, isActive }) => id < before && (isActive || !activeOnly))
        .toSorted((one, other) => other.id - one.id)
        .slice(0, Math.min(campaignLimits.listed, Math.max(1, limit))),
    find: async (refs) =>
      all().filter(({ id, name }) =>
        refs.some((ref) => ('id' in ref ? ref.id === id : campaignKey(ref.name) === campaignKey(name))),
      ),
  }
}
