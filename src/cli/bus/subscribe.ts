import type { ApiClient } from '../../client/client.ts'
import type { BusEvent } from '../../contract/bus.ts'
import { exitCode, OperationalError, type ExitCode } from '../../errors.ts'
import { count } from '../../text/format.ts'
import type { Cli } from '../command.ts'
import { roomIn } from '../logs/slow-reader.ts'
import { messageLine } from './lines.ts'

/** Prints messages as they come: until `count` of them, or until interrupted. */
export async function subscribe(
  cli: Cli,
  topics: readonly string[],
  options: { count?: number },
): Promise<ExitCode> {
  const client = await cli.client()
  const interrupt = cli.interrupted()
  const enough = new AbortController()
  let seen = 0
  const show = (event: BusEvent): void => {
    if (event.event === 'missed') tellMissed(cli, event.data.count)
    if (event.event !== 'message' || enough.signal.aborted) return
    if (cli.options.json) cli.output.json({ message: event.data })
    else cli.output.line(messageLine(event.data, cli.output))
    seen += 1
    if (seen === options.count) enough.abort()
  }
  await client.subscribe({ topic: [...topics] }, show, {
    signal: AbortSignal.any([interrupt, enough.signal]),
    room: () => roomFor(cli.stdout),
  })
  if (interrupt.aborted || enough.signal.aborted) return exitCode.ok
  throw streamEnded(client)
}

/** Undefined where there is room, so that reading goes on at once. */
function roomFor(stdout: Cli['stdout'] & { writableNeedDrain?: boolean }): Promise<void> | undefined {
  return stdout.writableNeedDrain === true ? roomIn(stdout) : undefined
}

function tellMissed(cli: Cli, missed: number): void {
  if (cli.options.json) cli.output.json({ missed })
  else cli.output.note(`jrctl: ${count(missed, 'message')} missed, since the output is read too slowly`)
}

/** The daemon let go of its subscribers. */
export function streamEnded(client: ApiClient): OperationalError {
  return new OperationalError(`The daemon on ${client.where} ended the stream`, {
    code: 'daemon.gone',
    retryable: true,
    hint: 'It is stopping; see `jrctl logs`.',
  })
}
