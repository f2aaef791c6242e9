import { exitCode, type ExitCode } from '../../errors.ts'
import { duration } from '../../text/format.ts'
import type { Cli } from '../command.ts'

/** `jrctl orchestrator enable | disable` */
export async function turn(cli: Cli, word: 'enable' | 'disable'): Promise<ExitCode> {
  const route = word === 'enable' ? 'enableOrchestrator' : 'disableOrchestrator'
  const answer = await (await cli.client()).call(route, {})
  if (cli.options.json) cli.output.json(answer)
  else {
    const every = answer.enabled ? `; there is a pass every ${duration(answer.intervalMs)}` : ''
    const state = `switched ${answer.enabled ? 'on' : 'off'}`
    cli.output.line(
      answer.changed
        ? `The cycle is ${state} now, for all nodes${every}.`
        : `The cycle was ${state} already.`,
    )
  }
  return exitCode.ok
}
