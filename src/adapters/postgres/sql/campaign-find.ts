import { campaignLimits, type Campaign, type CampaignRef } from '../../../domain/campaign.ts'
import { campaignNameOf } from '../campaign-expressions.ts'
import type { Queryable } from '../connect.ts'
import { textForDatabase } from '../outgoing-values.ts'
import { campaignColumns, campaignOfRow, type CampaignRow } from './campaign-row.ts'

/** By number or name, both sides of which the database folds: not all fold the same letters. A fleet has some hundred campaigns, so that names are looked for without an index. */
export async function findCampaigns(db: Queryable, refs: readonly CampaignRef[]): Promise<Campaign[]> {
  const ids = refs.flatMap((ref) => ('id' in ref ? [ref.id] : []))
  const names = refs.flatMap((ref) => ('name' in ref ? [textForDatabase(ref.name)] : []))
  const rows = await db.query<CampaignRow>(names.length === 0 ? byId : byIdOrName, [
    ids,
    campaignLimits.listed,
    ...(names.length === 0 ? [] : [names]),
  ])
  return rows.map(campaignOfRow)
}

const byId = `
select ${campaignColumns} from jr_campaigns c where c.id = any ($1::bigint[]) order by c.id limit $2`

const byIdOrName = `
select ${campaignColumns} from jr_campaigns c
where c.id = any ($1::bigint[]) or ${campaignNameOf('c.name::text')} in (
  select ${campaignNameOf('wanted.name')} from unnest($3::text[]) as wanted (name))
order by c.id limit $2`
