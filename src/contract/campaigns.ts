import type { Campaign } from '../domain/campaign.ts'

export interface CampaignListView {
  apiVersion: number
  campaigns: Campaign[]
  /** Pass as `before` to read on; null at the end. */
  nextBefore: number | null
}

export interface CampaignChangeView {
  apiVersion: number
  /** False: it already was as asked. */
  changed: boolean
  campaign: Campaign
}
