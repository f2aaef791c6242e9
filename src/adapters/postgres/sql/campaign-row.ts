import type { Campaign } from '../../../domain/campaign.ts'
import { budgetOf, isActiveCampaign } from '../campaign-expressions.ts'
import { epochMs } from '../queue-expressions.ts'

export interface CampaignRow {
  id: number
  name: string | null
  status: string | null
  budget: number
  starts_at: number | null
  ends_at: number | null
  is_active: boolean
}

/** Of the row `c`. */
export const campaignColumns = `c.id::bigint as id, c.name::text as name, c.status::text as status, ${budgetOf('c')} as budget,
  ${epochMs('c.starts_at')} as starts_at, ${epochMs('c.ends_at')} as ends_at, ${isActiveCampaign('c')} as is_active`

export function campaignOfRow(row: CampaignRow): Campaign {
  return {
    id: row.id,
    name: row.name ?? '',
    status: row.status ?? 'active',
    budget: row.budget,
    startsAt: row.starts_at,
    endsAt: row.ends_at,
    isActive: row.is_active,
  }
}
