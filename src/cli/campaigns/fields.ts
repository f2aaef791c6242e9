import type { CampaignStatus } from '../../domain/campaign.ts'
import { parseTime } from '../time-options.ts'

/** As commander hands them over. */
export interface CampaignOptions {
  budget?: number
  starts?: string
  ends?: string
  status?: CampaignStatus
}

/** Options as the contract names them; undefined ones are not sent. */
export function fieldsOf({ budget, starts, ends, status }: CampaignOptions, nowMs: number) {
  return {
    ...(budget === undefined ? {} : { budget }),
    ...(status === undefined ? {} : { status }),
    ...(starts === undefined ? {} : { startsAt: momentOf('--starts', starts, nowMs) }),
    ...(ends === undefined ? {} : { endsAt: momentOf('--ends', ends, nowMs) }),
  }
}

function momentOf(option: string, text: string, nowMs: number): number | null {
  return text === 'never' ? null : (parseTime(option, text, nowMs) ?? nowMs)
}
