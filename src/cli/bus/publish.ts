import { exitCode, type ExitCode } from '../../errors.ts'
import { safe } from '../../text/fit.ts'
import { count } from '../../text/format.ts'
import type { Cli } from '../command.ts'
import { dataOf } from './data.ts'

/** Says something to whoever listens. That nobody does is no failure. */
export async function publish(cli: Cli, topic: string, written: string | undefined): Promise<ExitCode> {
  const data = await dataOf(cli, written)
  const answer = await (await cli.client()).call('publishBus', { topic, data })
  const { subscribers } = answer
  if (cli.options.json) cli.output.json(answer)
  else if (subscribers === 0) cli.output.line(`Nobody listens to ${safe(topic)}.`)
  else cli.output.line(`Published to ${count(subscribers, 'subscriber')}.`)
  return exitCode.ok
}
