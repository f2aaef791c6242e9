import { campaignLimits, type Campaign, type CampaignChanges } from '../../domain/campaign.ts'
import { UserError } from '../../errors.ts'

/** Bounds on what an operator writes of a campaign. @throws UserError that names field, what was found and what is allowed */
export function checkCampaign({ name, budget, startsAt, endsAt }: CampaignChanges): void {
  if (name?.trim() === '')
    throw new UserError('the name of the campaign is empty', { hint: 'Give it a name.' })
  const bytes = Buffer.byteLength(name ?? '')
  if (bytes > campaignLimits.nameBytes)
    throw new UserError(
      `the name of the campaign has ${bytes} bytes, the limit is ${campaignLimits.nameBytes}`,
    )
  if (name?.includes('\u0000') === true)
    throw new UserError('the name of the campaign contains a NUL character, which PostgreSQL cannot store', {
      hint: 'Remove it.',
    })
  if (budget !== undefined && !(budget >= 0 && budget <= campaignLimits.budgetMax))
    throw new UserError(`the budget is ${budget}, allowed is a number from 0 to ${campaignLimits.budgetMax}`)
  checkSpan({ startsAt: startsAt ?? null, endsAt: endsAt ?? null })
}

/** Each of the two may be right by itself. @throws UserError */
export function checkSpan({ startsAt, endsAt }: Pick<Campaign, 'startsAt' | 'endsAt'>): void {
  if (startsAt === null || endsAt === null || startsAt < endsAt) return
  throw new UserError(
    `the campaign would end at ${new Date(endsAt).toISOString()}, and start at ${new Date(startsAt).toISOString()}`,
    { hint: 'Give it an end after its start.' },
  )
}
