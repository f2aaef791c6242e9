/** What tasks may belong to (spec §7). Times are epoch milliseconds by the database's clock. */
export interface Campaign {
  id: number
  name: string
  /** One of `campaignStatuses`, unless another program wrote it. */
  status: string
  /** In whatever money its owner counts. */
  budget: number
  /** Null: since ever. */
  startsAt: number | null
  /** Null: without an end. From this moment on it is over. */
  endsAt: number | null
  /** Its status is active, and its time is now. */
  isActive: boolean
}

export const campaignStatuses = ['active', 'paused', 'completed'] as const
export type CampaignStatus = (typeof campaignStatuses)[number]

export interface NewCampaign {
  name: string
  status?: CampaignStatus
  budget?: number
  startsAt?: number | null
  endsAt?: number | null
}

export type CampaignChanges = Partial<NewCampaign>

export const campaignLimits = {
  nameBytes: 200,
  budgetMax: 1e12,
  /** Campaigns that a list, and one look for names, holds. */
  listed: 1_000,
} as const

/** A campaign's name for comparing: `Spring` and ` spring` are one campaign. In SQL it is `campaignNameOf`. */
export function campaignKey(name: string): string {
  return name.replaceAll(/^ +| +$/g, '').toLowerCase()
}

/** How people name a campaign: by its name, or by its number (`7`, `#7`). */
export type CampaignRef = { id: number } | { name: string }

/** A name of digits alone is a number here; such a campaign is found by its own number. */
export function campaignRef(text: string): CampaignRef {
  const digits = /^#?(\d{1,15})$/.exec(text.trim())?.[1]
  return digits !== undefined && Number(digits) > 0 ? { id: Number(digits) } : { name: text }
}
