import type { CampaignChangeView } from '../contract/campaigns.ts'
import type { Parsed } from '../contract/inputs.ts'
import type { Outputs } from '../contract/outputs.ts'
import { apiVersion } from '../contract/views.ts'
import {
  campaignKey,
  campaignLimits,
  campaignRef,
  type Campaign,
  type CampaignRef,
} from '../domain/campaign.ts'
import { nearestName } from '../domain/nearest-name.ts'
import { sanitize } from '../domain/sanitize.ts'
import type { Campaigns, CampaignVerdict } from '../ports/campaigns.ts'
import type { Ledger } from '../ports/ledger.ts'
import { present } from './present.ts'
import { Refusal } from './refusal.ts'

type CampaignRoute = 'listCampaigns' | 'addCampaign' | 'setCampaign'

/** One function a route, as in `handlers.ts`. */
export type CampaignHandlers = {
  [Name in CampaignRoute]: (input: Parsed<Name>, by: string) => Promise<Outputs[Name]>
}

export function campaignHandlers(campaigns: Campaigns, ledger: Pick<Ledger, 'note'>): CampaignHandlers {
  function told(
    event: 'campaign.added' | 'campaign.changed',
    verdict: CampaignVerdict,
    by: string,
  ): CampaignChangeView {
    const view = changeOf(verdict)
    const { campaign } = view
    const what = event === 'campaign.added' ? 'added' : 'changed'
    if (view.changed)
      ledger.note({
        eventType: event,
        level: 'info',
        actor: by,
        message: `campaign ${campaign.id} (${sanitize(campaign.name)}) was ${what}`,
        data: { ...campaign },
      })
    return view
  }
  return {
    async listCampaigns({ active, before, limit }) {
      const found = await campaigns.list(present({ activeOnly: active, before, limit }))
      const nextBefore = found.length < limit ? null : (found.at(-1)?.id ?? null)
      return { apiVersion, campaigns: found, nextBefore }
    },
    async addCampaign(campaign, by) {
      return told('campaign.added', await campaigns.add(present(campaign)), by)
    },
    async setCampaign({ campaign, ...changes }, by) {
      const { id } = await campaignOf(campaigns, campaign)
      return told('campaign.changed', await campaigns.set(id, present(changes)), by)
    },
  }
}

function changeOf(verdict: CampaignVerdict): CampaignChangeView {
  switch (verdict.kind) {
    case 'done':
      return { apiVersion, changed: true, campaign: verdict.campaign }
    case 'unchanged':
      return { apiVersion, changed: false, campaign: verdict.campaign }
    case 'taken': {
      const { id, name } = verdict.campaign
      const message = `Campaign ${id} has the name "${sanitize(name)}" already`
      throw new Refusal(409, 'campaign.taken', message, `Change that one with: jrctl campaigns set ${id} …`)
    }
    case 'not_found':
      throw new Refusal(404, 'campaign.not_found', 'The campaign is no longer there', listHint)
    default:
      return verdict satisfies never
  }
}

const listHint = 'See `jrctl campaigns list`.'

/** The campaign that a number or name means. @throws Refusal when there is none, or more than one */
export async function campaignOf(campaigns: Campaigns, named: string): Promise<Campaign> {
  const [campaign] = await campaignsOf(campaigns, [campaignRef(named)])
  if (campaign === undefined) throw new TypeError('no campaign and no refusal')
  return campaign
}

/** Below what one look answers, so that names which several campaigns have find them all. */
const refsAtOnce = campaignLimits.listed / 4

/** The campaigns that are meant, in the order given. @throws Refusal that names the first which is unknown or ambiguous */
export async function campaignsOf(campaigns: Campaigns, refs: readonly CampaignRef[]): Promise<Campaign[]> {
  const found: Campaign[] = []
  for (let from = 0; from < refs.length; from += refsAtOnce)
    found.push(...(await campaigns.find(refs.slice(from, from + refsAtOnce))))
  const byId = new Map(found.map((campaign) => [campaign.id, campaign]))
  const byName = Map.groupBy(found, ({ name }) => campaignKey(name))
  const resolved: Campaign[] = []
  for (const ref of refs) {
    const own =
      'id' in ref
        ? [byId.get(ref.id)].filter((one) => one !== undefined)
        : (byName.get(campaignKey(ref.name)) ?? [])
    const [only, ...others] = own
    if (only === undefined) throw await unknown(campaigns, ref)
    if (others.length > 0) throw ambiguous(only.name, own)
    resolved.push(only)
  }
  return resolved
}

async function unknown(campaigns: Campaigns, ref: CampaignRef): Promise<Refusal> {
  const which = 'id' in ref ? String(ref.id) : `"${sanitize(ref.name, { lengthMax: 80 })}"`
  const known = await campaigns.list({ limit: campaignLimits.listed })
  const near =
    'id' in ref
      ? null
      : nearestName(
          ref.name,
          known.map(({ name }) => name),
        )
  const hint =
    near !== null
      ? `Did you mean "${sanitize(near)}"? ${listHint}`
      : known.length === 0
        ? 'There are none yet; add one with: jrctl campaigns add NAME'
        : listHint
  return new Refusal(404, 'campaign.not_found', `There is no campaign ${which}`, hint)
}

function ambiguous(name: string, own: readonly Campaign[]): Refusal {
  const ids = own.map(({ id }) => id).join(', ')
  const message = `${own.length} campaigns are called "${sanitize(name)}": ${ids}`
  return new Refusal(409, 'campaign.ambiguous', message, 'Name it by its number.')
}
