import type { Cli } from '../command.ts'
import { drawingOf } from './drawing.ts'

export interface LiveOptions {
  readOnly: boolean
  /** As lines that are told one after the other. */
  isSpoken: boolean
  /** To begin with. */
  screen: string | undefined
}

/** The fleet on the whole terminal, until the operator leaves. */
export async function showLive(cli: Cli, { readOnly, isSpoken, screen }: LiveOptions): Promise<void> {
  // Once a screen covers the terminal, a line on stderr would tear it: what is to be said is said there.
  let tell = (text: string) => cli.output.note(`jrctl: ${text}`)
  const client = await cli.client({ program: 'top', tell: (text) => tell(text) })
  // A daemon that is not there is an error as with every command; once there was one, its return is waited for.
  const [status, { runTop }] = await Promise.all([client.call('status', {}), import('../../../tui/run.tsx')])
  await runTop({
    client,
    status,
    screen,
    clock: cli.clock,
    stdin: cli.stdin,
    stdout: cli.stdout,
    terminal: cli.terminal,
    paint: (style, text) => cli.output.style(style, text),
    isSpoken,
    drawing: drawingOf(cli.env),
    readOnly,
    refusal: refusalOf(client.where, cli.env),
    interrupted: cli.interrupted(),
    onShown: (onScreen) => (tell = onScreen),
  })
}

/** Over TCP nothing is changed without a token: that is said before anything is asked. */
function refusalOf(where: string, env: Cli['env']): string | null {
  const isFar = /^https?:/.test(where)
  if (!isFar || env['JRCTL_TOKEN'] || env['JRCTL_ATTEMPT_KEY']) return null
  return 'Over TCP nothing is changed without the API token: leave, set JRCTL_TOKEN, and come back.'
}
