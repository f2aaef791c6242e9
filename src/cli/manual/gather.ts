import { BugError } from '../../errors.ts'
import type { Cli, CommandEntry } from '../command.ts'
import type { CommandPage } from './page.ts'
import { pageOf } from './page-of.ts'

/** What every command takes, in the order of the help. Loads them all and runs none. */
export async function gatherPages(cli: Cli, entries: readonly CommandEntry[]): Promise<CommandPage[]> {
  const pages: CommandPage[] = []
  for (const entry of entries) pages.push(await pageOfEntry(cli, entry))
  return pages
}

async function pageOfEntry(cli: Cli, entry: CommandEntry): Promise<CommandPage> {
  let page: CommandPage | undefined
  const command = await entry.load()
  // A command that takes no options loads its parser only when it is given some.
  await command.run({ ...cli, args: ['--help'], onParser: (parser) => (page = pageOf(parser)) })
  if (page === undefined) throw new BugError(`jrctl ${entry.name} has shown no parser`)
  return { ...page, isHidden: entry.hidden === true || page.isHidden }
}
