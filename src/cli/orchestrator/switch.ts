import { exitCode, type ExitCode } from '../../errors.ts'
import { duration } from '../../text/format.ts'
import type { Cli } from '../command.ts'

/** `jrctl orchestrator enable | disable` */
export async function turn(cli: Cli, word: 'enable' | 'disable'): Promise<ExitCode> {
  const route = word === 'enable' ? 'enableOrchestrator' : 'disableOrchestrator'
  const answer = await (await cli.client()).call(route, {})
  if (cli.options.json) cli.output.json(answer)
  else {
    const every = answer.enabled ? `: a pass every ${duration(answer.intervalMs)}` : ''
    const state = `${answer.enabled ? 'on' : 'off'} on all nodes${every}`
    cli.output.line(
      answer.changed ? `The cycle is now ${state}.` : `The cycle was ${state}, before you asked.`,
    )
  }
  return exitCode.ok
}
