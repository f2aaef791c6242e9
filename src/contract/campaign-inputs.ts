import { z } from 'zod'
import { campaignLimits, campaignStatuses } from '../domain/campaign.ts'
import { epochMs, fromText, id, text } from './fields.ts'

const name = text(campaignLimits.nameBytes, 1)
const fields = {
  status: z.enum(campaignStatuses).optional(),
  budget: z.number().min(0).max(campaignLimits.budgetMax).optional(),
  startsAt: epochMs.nullable().optional(),
  endsAt: epochMs.nullable().optional(),
}

/** How a campaign is named: by its number, or its name. */
export const campaignNamed = text(campaignLimits.nameBytes, 1)

/** What the routes of campaigns take. */
export const campaignInputs = {
  listCampaigns: z.strictObject({
    /** Only those that are active now. */
    active: z.preprocess(
      (value) => (value === 'true' ? true : value === 'false' ? false : value),
      z.boolean().default(false),
    ),
    before: id.optional(),
    limit: fromText(z.int().min(1).max(campaignLimits.listed).default(100)),
  }),
  addCampaign: z.strictObject({ name, ...fields }),
  setCampaign: z
    .strictObject({ campaign: campaignNamed, name: name.optional(), ...fields })
    .refine((changes) => Object.keys(changes).length > 1, 'names nothing to change'),
} as const
