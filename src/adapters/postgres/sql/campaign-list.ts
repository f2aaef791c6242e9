import { campaignLimits, type Campaign } from '../../../domain/campaign.ts'
import type { CampaignFilter } from '../../../ports/campaigns.ts'
import { isActiveCampaign } from '../campaign-expressions.ts'
import type { Queryable } from '../connect.ts'
import { campaignColumns, campaignOfRow, type CampaignRow } from './campaign-row.ts'

/** Newest first. Plan: primary key backwards, until the limit is full. */
export async function listCampaigns(
  db: Queryable,
  { activeOnly = false, before, limit }: CampaignFilter,
): Promise<Campaign[]> {
  const most = Math.min(campaignLimits.listed, Math.max(1, limit))
  const rows = await db.query<CampaignRow>(statement, [activeOnly, before ?? null, most])
  return rows.map(campaignOfRow)
}

/** Exported for the test that reads its plan. */
export const statement = `
select ${campaignColumns} from jr_campaigns c
where (not $1::boolean or ${isActiveCampaign('c')}) and ($2::bigint is null or c.id < $2::bigint)
order by c.id desc limit $3`
