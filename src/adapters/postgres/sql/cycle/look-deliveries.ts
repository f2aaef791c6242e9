import { snapshotLimits } from '../../../../domain/cycle/snapshot.ts'
import { budgetOf, isActiveCampaign } from '../../campaign-expressions.ts'
import {
  channelOf,
  epochMs,
  isDelivery,
  isReady,
  isWaiting,
  scoreOrder,
  statusOf,
} from '../../queue-expressions.ts'
import { shareOfCount } from './look-lines.ts'
import { isPlaced, isRested, refOfId } from './look-refs.ts'

const nameCharacters = 200
/** Tasks that wait, of all channels together; of all campaigns too. */
const countedMax = 500

/** Of each channel, and of each campaign, so many are looked at for those that an action may have, the first to come or the best. */
const lookedAtMax = 200
/** What is due later than this was meant for another day. */
const soon = `now() + interval '24 hours'`

/** A row a channel with a ready task. Plan: one probe of jr_work_queue_ready_deliveries each. */
const readyChannels = `ready_channels as (
  (select 1 as nth, ${channelOf('q')} as channel from jr_work_queue q
    where ${isDelivery('q')} and ${isReady('q')} order by ${channelOf('q')} limit 1)
  union all
  select ready_channels.nth + 1, next.channel from ready_channels cross join lateral (
    select ${channelOf('q')} as channel from jr_work_queue q
    where ${isDelivery('q')} and ${isReady('q')} and ${channelOf('q')} > ready_channels.channel
    order by ${channelOf('q')} limit 1) next
  where ready_channels.nth < ${snapshotLimits.channels}
)`

/** CTEs: with those that are due next; `timed` (look-lists.ts) has to be before them. */
export const channels = `${readyChannels}, channels as materialized (
  select channel from ready_channels union select channel from timed where channel is not null
  order by channel limit ${snapshotLimits.channels}
)`

/** Campaigns of now, the largest budget first. */
export const campaigns = `campaigns as materialized (
  select c.id, left(c.name::text, ${nameCharacters}) as name, ${budgetOf('c')} as budget, c.starts_at, c.ends_at
  from jr_campaigns c where ${isActiveCampaign('c')}
  order by ${budgetOf('c')} desc, c.id limit ${snapshotLimits.campaigns}
)`

const ofChannel = `${channelOf('q')} = c.channel and ${isDelivery('q')} and ${isReady('q')}`
const soonOfChannel = `from timed t where t.channel = c.channel`
const ofCampaign = `q.campaign_id = c.id and q.campaign_id is not null and ${isWaiting('q')}`

/** How many tasks `q` of which `of` holds, which an index is made for. */
function countOf(of: string, cte: string): string {
  return `(select count(*) from (select from jr_work_queue q where ${of} limit ${shareOfCount(cte, countedMax)}) counted)`
}

/**
 * Of a query of (id, status, due) in order, the first of those that `schedule_task` may have. Those that have their time from it
 * already come after all others, before which they would only stand.
 */
function nextOf(candidates: string): string {
  const first = (condition: string): string =>
    `(select id from best where ${condition} and ${isRested('schedule_task', 'best.id')} limit ${snapshotLimits.tasks})`
  return `coalesce((
      with best as materialized (
        select id, status from (${candidates} limit ${lookedAtMax}) candidate
        where status <> 'retry' and (status <> 'scheduled' or due <= ${soon})
      )
      select json_agg(${refOfId('next.id')}) from (
        ${first(`not ${isPlaced('best.id', 'best.status')}`)}
        union all ${first(isPlaced('best.id', 'best.status'))}
        limit ${snapshotLimits.tasks}) next), '[]')`
}

const nextOfChannel = nextOf(`select * from (
        (select q.id, ${statusOf('q')} as status, null::timestamptz as due, ${scoreOrder('q')} as rank
          from jr_work_queue q where ${ofChannel} order by q.id limit ${lookedAtMax})
        union all (select t.id, t.status, t.due, -t.score as rank ${soonOfChannel})) of_channel order by rank, id`)

const nextOfCampaign = nextOf(`select q.id, ${statusOf('q')} as status, q.scheduled_at::timestamptz as due
        from jr_work_queue q where ${ofCampaign} and ${isDelivery('q')}
        order by ${scoreOrder('q')}, q.created_at, q.id`)

/** Columns of the answer. */
export const deliveryColumns = `
  (select coalesce(json_agg(json_build_object('channel', c.channel,
    'waiting', ${countOf(ofChannel, 'channels')} + (select count(*) ${soonOfChannel}),
    'next', ${nextOfChannel}) order by c.channel), '[]') from channels c) as channels`

export const campaignColumns = `
  (select count(*) from jr_campaigns c where ${isActiveCampaign('c')}) as campaigns_active,
  (select coalesce(json_agg(json_build_object('id', c.id, 'name', c.name, 'budget', c.budget,
    'startsAt', ${epochMs('c.starts_at')}, 'endsAt', ${epochMs('c.ends_at')},
    'waiting', ${countOf(ofCampaign, 'campaigns')}, 'next', ${nextOfCampaign}) order by c.budget desc, c.id), '[]') from campaigns c) as campaigns`
