import type { Campaign, CampaignChanges, NewCampaign } from '../../../domain/campaign.ts'
import type { CampaignVerdict } from '../../../ports/campaigns.ts'
import { checkCampaign, checkSpan } from '../campaign-values.ts'
import type { Database, Queryable } from '../connect.ts'
import { timeOf } from '../queue-expressions.ts'
import { findCampaigns } from './campaign-find.ts'
import { campaignColumns, campaignOfRow, type CampaignRow } from './campaign-row.ts'

/** @throws UserError when a value breaks a bound */
export function addCampaign(db: Database, wanted: NewCampaign): Promise<CampaignVerdict> {
  checkCampaign(wanted)
  return db.transaction(async (tx) => {
    const taken = await takenBy(tx, wanted.name, null)
    if (taken !== null) return { kind: 'taken', campaign: taken }
    const { name, status = 'active', budget = 0, startsAt = null, endsAt = null } = wanted
    const [row] = await tx.query<CampaignRow>(insert, [name.trim(), status, budget, startsAt, endsAt])
    if (row === undefined) throw new TypeError('an insert that returned no row')
    return { kind: 'done', campaign: campaignOfRow(row) }
  })
}

/** @throws UserError when a value breaks a bound, or it would end before it starts */
export function setCampaign(db: Database, id: number, changes: CampaignChanges): Promise<CampaignVerdict> {
  checkCampaign(changes)
  return db.transaction(async (tx) => {
    const taken = changes.name === undefined ? null : await takenBy(tx, changes.name, id)
    if (taken !== null) return { kind: 'taken', campaign: taken }
    const [row] = await tx.query<CampaignRow>(lock, [id])
    if (row === undefined) return { kind: 'not_found' }
    const before = campaignOfRow(row)
    const wanted = { ...before, ...present(changes) }
    if (!differs(before, wanted)) return { kind: 'unchanged', campaign: before }
    checkSpan(wanted)
    const { name, status, budget, startsAt, endsAt } = wanted
    const [after] = await tx.query<CampaignRow>(update, [id, name.trim(), status, budget, startsAt, endsAt])
    return after === undefined ? { kind: 'not_found' } : { kind: 'done', campaign: campaignOfRow(after) }
  })
}

/**
 * Who else has the name. No unique index, which a table of another program may not bear; the lock makes those who write
 * campaigns take turns, and lets everybody read.
 */
async function takenBy(tx: Queryable, name: string, id: number | null): Promise<Campaign | null> {
  await tx.query('lock table jr_campaigns in share row exclusive mode')
  const named = await findCampaigns(tx, [{ name }])
  return named.find((campaign) => campaign.id !== id) ?? null
}

function present(changes: CampaignChanges): Partial<Campaign> {
  return Object.fromEntries(Object.entries(changes).filter(([, value]) => value !== undefined))
}

const written = ['name', 'status', 'budget', 'startsAt', 'endsAt'] as const

function differs(before: Campaign, wanted: Campaign): boolean {
  return written.some((key) => before[key] !== wanted[key])
}

const insert = `
insert into jr_campaigns as c (name, status, budget, starts_at, ends_at)
values ($1, $2, $3::float8, ${timeOf('$4')}, ${timeOf('$5')})
returning ${campaignColumns}`

const lock = `select ${campaignColumns} from jr_campaigns c where c.id = $1::bigint for update`

const update = `
update jr_campaigns c set name = $2, status = $3, budget = $4::float8, starts_at = ${timeOf('$5')}, ends_at = ${timeOf('$6')}
where c.id = $1::bigint
returning ${campaignColumns}`
