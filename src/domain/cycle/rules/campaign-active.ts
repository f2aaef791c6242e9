import { sanitize } from '../../sanitize.ts'
import type { CampaignView, Snapshot } from '../snapshot.ts'
import { some } from './judgement.ts'
import { schedule } from './plans/schedule.ts'
import type { BuiltInRule } from './rule.ts'

const budgetMax = 100
/** Of a name in a reason; anybody may have written it. */
const nameMax = 60

export const campaignActive: BuiltInRule = {
  name: 'campaign_active',
  priority: 9,
  action: 'schedule_task',
  condition: `a campaign with a budget above ${budgetMax} is active`,
  does: "brings the campaign's tasks into the window of their channel, those of the largest budget first",
  looksAt: ['campaigns.list', 'scheduler.windows'],
  judge: (snapshot) =>
    some(
      worthwhile(snapshot),
      ({ name, budget }) => `"${sanitize(name, { lengthMax: nameMax })}" with ${budget}`,
      (named) => `a campaign with a budget above ${budgetMax} is active: ${named}`,
      `no active campaign has a budget above ${budgetMax}`,
    ),
  plan: (snapshot, means) =>
    schedule(
      worthwhile(snapshot).flatMap(({ next }) => next),
      snapshot,
      means,
    ),
}

function worthwhile({ campaigns }: Snapshot): CampaignView[] {
  return campaigns.list.filter(({ budget }) => budget > budgetMax)
}
