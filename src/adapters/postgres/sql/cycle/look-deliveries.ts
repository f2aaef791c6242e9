import { snapshotLimits } from '../../../../domain/cycle/snapshot.ts'
import { budgetOf, isActiveCampaign } from '../../campaign-expressions.ts'
import { channelOf, epochMs, isDelivery, isWaiting, scoreOrder } from '../../queue-expressions.ts'
import { shareOfCount } from './look-lines.ts'
import { isRested, refOf } from './look-refs.ts'

const nameCharacters = 200
/** Tasks that wait, of all channels together; of all campaigns too. */
const countedMax = 1_000

/** A row a channel with a task that waits. Plan: one probe of jr_work_queue_deliveries each. */
export const channels = `channels as (
  (select 1 as nth, ${channelOf('q')} as channel from jr_work_queue q
    where ${isDelivery('q')} and ${isWaiting('q')} order by ${channelOf('q')} limit 1)
  union all
  select channels.nth + 1, next.channel from channels cross join lateral (
    select ${channelOf('q')} as channel from jr_work_queue q
    where ${isDelivery('q')} and ${isWaiting('q')} and ${channelOf('q')} > channels.channel
    order by ${channelOf('q')} limit 1) next
  where channels.nth < ${snapshotLimits.channels}
)`

/** Campaigns of now, the largest budget first. */
export const campaigns = `campaigns as materialized (
  select c.id, left(c.name::text, ${nameCharacters}) as name, ${budgetOf('c')} as budget, c.starts_at, c.ends_at
  from jr_campaigns c where ${isActiveCampaign('c')}
  order by ${budgetOf('c')} desc, c.id limit ${snapshotLimits.campaigns}
)`

/** Of the tasks `of` (a condition on `q` that an index is made for): how many wait, and the next, the best score first. */
function waitingOf(of: string, cte: string): string {
  return `'waiting', (select count(*) from (select from jr_work_queue q where ${of} limit ${shareOfCount(cte, countedMax)}) counted),
    'next', coalesce((select json_agg(next.ref) from (
      select ${refOf('q')} as ref from jr_work_queue q where ${of} and ${isRested('schedule_task', 'q.id')}
      order by ${scoreOrder('q')}, q.created_at, q.id limit ${snapshotLimits.tasks}) next), '[]')`
}

const ofChannel = `${channelOf('q')} = channels.channel and ${isDelivery('q')} and ${isWaiting('q')}`
const ofCampaign = `q.campaign_id = c.id and q.campaign_id is not null and ${isWaiting('q')}`

/** Columns of the answer. */
export const deliveryColumns = `
  (select coalesce(json_agg(json_build_object('channel', channels.channel,
    ${waitingOf(ofChannel, 'channels')}) order by channels.channel), '[]') from channels) as channels`

export const campaignColumns = `
  (select count(*) from jr_campaigns c where ${isActiveCampaign('c')}) as campaigns_active,
  (select coalesce(json_agg(json_build_object('id', c.id, 'name', c.name, 'budget', c.budget,
    'startsAt', ${epochMs('c.starts_at')}, 'endsAt', ${epochMs('c.ends_at')},
    ${waitingOf(ofCampaign, 'campaigns')}) order by c.budget desc, c.id), '[]') from campaigns c) as campaigns`
