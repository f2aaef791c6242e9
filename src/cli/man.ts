import { exitCode, type ExitCode } from '../errors.ts'
import type { Cli } from './command.ts'
import { commands } from './commands.ts'
import { gatherPages } from './manual/gather.ts'
import { createParser, runParser } from './parser.ts'

/** `jrctl man`: the manual page, made of what `--help` shows. */
export async function run(cli: Cli): Promise<ExitCode> {
  const parser = createParser({
    name: 'man',
    summary: 'Print the manual page of all commands',
    examples: ['jrctl man | man -l -', 'jrctl man > ~/.local/share/man/man1/jrctl.1', 'jrctl man --markdown'],
    details:
      'As roff, the language of manual pages. Where it lies in man1 of a folder of the manpath, `man jrctl` shows it.',
  })
    .option('--markdown', 'as Markdown instead')
    .action(async ({ markdown = false }: { markdown?: boolean }) => {
      const pages = await gatherPages(cli, commands)
      cli.output.line((await pageText(pages, markdown, cli.version)).trimEnd())
    })
  return runParser(parser, cli, () => exitCode.ok)
}

async function pageText(
  pages: Awaited<ReturnType<typeof gatherPages>>,
  markdown: boolean,
  version: string,
): Promise<string> {
  if (markdown) return (await import('./manual/markdown.ts')).markdownPage(pages)
  return (await import('./manual/man-page.ts')).manPage(pages, version)
}
