import type { Campaign } from '../../domain/campaign.ts'
import { safe } from '../../text/fit.ts'
import { duration } from '../../text/format.ts'

/** Where a campaign stands: `active, budget 500, ends in 3 d`. */
export function sentenceOf(campaign: Campaign, nowMs: number): string {
  return [standingOf(campaign, nowMs), `budget ${campaign.budget}`].join(', ')
}

/** `active, ends in 3 d`; `active from tomorrow on` is not active yet. */
export function standingOf({ status, isActive, startsAt, endsAt }: Campaign, nowMs: number): string {
  if (isActive) return endsAt === null ? 'active' : `active, ends in ${duration(endsAt - nowMs)}`
  if (status !== 'active') return safe(status)
  if (startsAt !== null && startsAt > nowMs) return `starts in ${duration(startsAt - nowMs)}`
  return endsAt === null ? 'not active' : `ended ${duration(nowMs - endsAt)} ago`
}
