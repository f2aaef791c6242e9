import type { Campaigns } from '../../ports/campaigns.ts'
import type { Database } from './connect.ts'
import { findCampaigns } from './sql/campaign-find.ts'
import { listCampaigns } from './sql/campaign-list.ts'
import { addCampaign, setCampaign } from './sql/campaign-write.ts'

/** Campaigns as rows of `jr_campaigns`, which other programs may write too. */
export function createCampaigns(db: Database): Campaigns {
  return {
    add: (campaign) => addCampaign(db, campaign),
    set: (id, changes) => setCampaign(db, id, changes),
    list: (filter) => listCampaigns(db, filter),
    find: (refs) => findCampaigns(db, refs),
  }
}
