import { apiVersion } from '../../contract/views.ts'
import type { Cli } from '../command.ts'
import { roomIn } from '../logs/slow-reader.ts'

/** `jrctl top --once --json`: the first line of the stream, and no more. */
export async function printDocument(cli: Cli): Promise<void> {
  const status = await (await cli.client()).call('status', {})
  cli.output.json({ kind: 'status', at: cli.clock.wallMs(), status })
}

/** `jrctl top --json`: a line whenever something has changed, until it is interrupted. */
export async function printStream(cli: Cli): Promise<void> {
  const { clock, output, stdout } = cli
  const client = await cli.client()
  const signal = cli.interrupted()
  // A daemon that is not there is an error as with every command; once there was one, its return is waited for.
  const [{ streamTop }] = await Promise.all([
    import('../../../tui/stream.ts'),
    client.call('status', {}, signal),
  ])
  await streamTop({
    client,
    clock,
    signal,
    write: ({ kind, ...data }) =>
      output.line(JSON.stringify({ apiVersion, kind, at: clock.wallMs(), ...data })),
    room: () => roomIn(stdout),
    note: (text) => output.note(`jrctl: ${text}`),
  })
}
