import { safe } from '../../text/fit.ts'
import { exitCode, type ExitCode } from '../../errors.ts'
import type { Cli } from '../command.ts'
import { fieldsOf, type CampaignOptions } from './fields.ts'
import { sentenceOf } from './words.ts'

export async function add(cli: Cli, name: string, options: CampaignOptions): Promise<ExitCode> {
  const nowMs = cli.clock.wallMs()
  const answer = await (await cli.client()).call('addCampaign', { name, ...fieldsOf(options, nowMs) })
  if (cli.options.json) cli.output.json(answer)
  else {
    const { campaign } = answer
    cli.output.line(`Campaign ${campaign.id} (${safe(campaign.name)}) added: ${sentenceOf(campaign, nowMs)}.`)
  }
  return exitCode.ok
}
