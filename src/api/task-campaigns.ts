import { campaignRef, type CampaignRef } from '../domain/campaign.ts'
import type { Campaigns } from '../ports/campaigns.ts'
import { campaignsOf } from './campaigns.ts'
import { Refusal } from './refusal.ts'

/** A task as it is asked for: its campaign by number, or by name. */
export interface NamesCampaign {
  campaignId?: number | null | undefined
  campaign?: string | null | undefined
}

/**
 * The same tasks with the numbers of their campaigns, each of which there is.
 * @throws Refusal that names the first campaign which is unknown, and what was probably meant
 */
export async function withCampaigns<Task extends NamesCampaign>(
  campaigns: Campaigns,
  tasks: readonly Task[],
): Promise<Omit<Task, 'campaign'>[]> {
  const refs = tasks.map(refOf)
  const named = new Map(refs.flatMap((ref) => (ref === null ? [] : [[JSON.stringify(ref), ref] as const])))
  const found = named.size === 0 ? [] : await campaignsOf(campaigns, [...named.values()])
  const ids = new Map([...named.keys()].map((key, index) => [key, found[index]?.id]))
  return tasks.map(({ campaign, ...task }, index) => {
    const ref = refs[index] ?? null
    const campaignId =
      ref === null ? (campaign === null ? null : task.campaignId) : ids.get(JSON.stringify(ref))
    return campaignId === undefined ? task : { ...task, campaignId }
  })
}

function refOf({ campaignId, campaign }: NamesCampaign): CampaignRef | null {
  const isNamed = typeof campaign === 'string'
  if (isNamed && typeof campaignId === 'number')
    throw new Refusal(400, 'request.invalid', 'campaign: found beside campaignId, allowed one of them')
  if (isNamed) return campaignRef(campaign)
  return typeof campaignId === 'number' ? { id: campaignId } : null
}
