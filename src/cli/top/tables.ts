import type { Cli } from '../command.ts'
import { drawingOf } from './drawing.ts'

/** `jrctl top --once`, and into a pipe: the screens' tables as text. */
export async function printTables(cli: Cli, screen: string | undefined): Promise<void> {
  const { clock, env, output } = cli
  const [client, { printedTop }] = await Promise.all([cli.client(), import('../../../tui/print.ts')])
  const lines = await printedTop({
    client,
    clock,
    screen,
    paint: (style, text) => output.style(style, text),
    drawing: drawingOf(env),
    columns: output.columns,
    isEndless: !output.isTerminal,
  })
  for (const line of lines) output.line(line)
}
