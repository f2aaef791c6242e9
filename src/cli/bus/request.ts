import type { BusAnswerView } from '../../contract/bus.ts'
import { exitCode, UserError, type ExitCode } from '../../errors.ts'
import { safe } from '../../text/fit.ts'
import type { Cli } from '../command.ts'
import { dataOf } from './data.ts'
import { dataText } from './lines.ts'

export interface RequestOptions {
  /** Milliseconds. */
  timeout?: number
  cache?: number
}

/** Asks, and prints the answer. Exit 1: the responder answered with an error, or nobody in time; 3: nobody responds. */
export async function request(
  cli: Cli,
  topic: string,
  written: string | undefined,
  options: RequestOptions,
): Promise<ExitCode> {
  const data = await dataOf(cli, written)
  const answer = await (
    await cli.client()
  ).call(
    'requestBus',
    {
      topic,
      data,
      ...(options.timeout === undefined ? {} : { timeout_ms: options.timeout }),
      ...(options.cache === undefined ? {} : { cache_ms: options.cache }),
    },
    cli.interrupted(),
  )
  if (cli.options.json) cli.output.json(answer)
  else show(cli, answer)
  return answer.ok ? exitCode.ok : exitCode.failed
}

function show(cli: Cli, answer: BusAnswerView): void {
  if (answer.ok) return cli.output.line(dataText(answer.data, cli.output))
  throw new UserError(`${safe(answer.topic)} answered with an error: ${safe(answer.error)}`, {
    exit: exitCode.failed,
  })
}
