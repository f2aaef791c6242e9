import { safe } from '../../text/fit.ts'
import { exitCode, UserError, type ExitCode } from '../../errors.ts'
import type { Cli } from '../command.ts'
import { fieldsOf, type CampaignOptions } from './fields.ts'
import { sentenceOf } from './words.ts'

export async function set(
  cli: Cli,
  campaign: string,
  { name, ...options }: CampaignOptions & { name?: string },
): Promise<ExitCode> {
  const nowMs = cli.clock.wallMs()
  const changes = { ...fieldsOf(options, nowMs), ...(name === undefined ? {} : { name }) }
  if (Object.keys(changes).length === 0)
    throw new UserError('campaigns set: say what to change', { hint: 'See: jrctl campaigns set --help' })
  const answer = await (await cli.client()).call('setCampaign', { campaign, ...changes })
  if (cli.options.json) cli.output.json(answer)
  else cli.output.line(sentence(answer, nowMs))
  return exitCode.ok
}

function sentence(
  { changed, campaign }: { changed: boolean; campaign: Parameters<typeof sentenceOf>[0] },
  nowMs: number,
): string {
  const who = `Campaign ${campaign.id} (${safe(campaign.name)})`
  return changed
    ? `${who} was changed: ${sentenceOf(campaign, nowMs)}.`
    : `${who} was so before; nothing has changed.`
}
