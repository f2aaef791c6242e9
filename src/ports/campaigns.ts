import type { Campaign, CampaignChanges, CampaignRef, NewCampaign } from '../domain/campaign.ts'

/** The campaigns of the shared queue. Every method may throw OperationalError as those of the queue. */
export interface Campaigns {
  /** Refused when another campaign has the name. @throws UserError when a value breaks a bound */
  add(campaign: NewCampaign): Promise<CampaignVerdict>
  /** @throws UserError when a value breaks a bound, or it would end before it starts */
  set(id: number, changes: CampaignChanges): Promise<CampaignVerdict>
  /** The newest first. */
  list(filter: CampaignFilter): Promise<Campaign[]>
  /** Those that are meant, one name may mean several; at most `campaignLimits.listed`. */
  find(refs: readonly CampaignRef[]): Promise<Campaign[]>
}

export type CampaignVerdict =
  | { kind: 'done'; campaign: Campaign }
  | { kind: 'unchanged'; campaign: Campaign }
  | { kind: 'not_found' }
  /** Another campaign has the name. */
  | { kind: 'taken'; campaign: Campaign }

export interface CampaignFilter {
  /** Only those that are active now. */
  activeOnly?: boolean
  /** Only ids below this one, to page on. */
  before?: number
  /** 1–1000. */
  limit: number
}
