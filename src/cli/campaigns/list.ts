import type { Campaign } from '../../domain/campaign.ts'
import { exitCode, type ExitCode } from '../../errors.ts'
import { prepareWidths, safe } from '../../text/fit.ts'
import { timestampIn } from '../../text/format.ts'
import type { Cli } from '../command.ts'
import { type CellText, type Column, tableLines } from '../table.ts'
import { standingOf } from './words.ts'

interface ListOptions {
  active?: boolean
  limit?: number
  before?: number
}

const columns: Column[] = [
  { title: 'ID', align: 'right' },
  { title: 'NAME', flexible: true },
  { title: 'STANDING' },
  { title: 'BUDGET', align: 'right' },
  { title: 'STARTS' },
  { title: 'ENDS' },
]

export async function list(cli: Cli, { active, limit, before }: ListOptions): Promise<ExitCode> {
  const answer = await (
    await cli.client()
  ).call('listCampaigns', {
    ...(active ? { active } : {}),
    ...(limit ? { limit } : {}),
    ...(before ? { before } : {}),
  })
  if (cli.options.json) cli.output.json(answer)
  else await print(cli, answer.campaigns, answer.nextBefore)
  return exitCode.ok
}

async function print(cli: Cli, campaigns: readonly Campaign[], nextBefore: number | null): Promise<void> {
  const { output } = cli
  if (campaigns.length === 0)
    return output.note('No campaign matches. Add one with: jrctl campaigns add NAME')
  await prepareWidths(campaigns.map(({ name }) => safe(name)))
  const nowMs = cli.clock.wallMs()
  const rows = campaigns.map((campaign) => row(campaign, nowMs))
  for (const line of tableLines(columns, rows, output, 0)) output.line(line)
  if (nextBefore !== null) output.note(`More with --before ${nextBefore}`)
}

function row(campaign: Campaign, nowMs: number): CellText[] {
  const time = (at: number | null) => (at === null ? '–' : timestampIn(at, null))
  return [
    String(campaign.id),
    safe(campaign.name),
    { text: standingOf(campaign, nowMs), style: campaign.isActive ? 'green' : 'dim' },
    String(campaign.budget),
    time(campaign.startsAt),
    time(campaign.endsAt),
  ]
}
