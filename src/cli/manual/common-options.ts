import { commands } from '../commands.ts'
import { globalOptions } from '../global-options.ts'
import type { OptionEntry } from './page.ts'

/** The options of all commands, as far as this one has a use for them: who works here alone takes no `--host`. */
export function commonOptions(command: string | undefined): readonly OptionEntry[] {
  const isHere = commands.some(({ name, here }) => name === command && here === true)
  return isHere ? globalOptions.filter(({ long }) => long !== '--host') : globalOptions
}
