import type { Layout } from '../domain/install/layout.ts'
import { shellWord } from '../domain/install/shell-word.ts'
import { isTemplate, isUnitName } from '../domain/units/unit-name.ts'
import { UserError } from '../errors.ts'

/**
 * Before anything is done: systemd would show units by a pattern, and then refuse to switch them off.
 * @param names with their types
 * @throws UserError for what is no unit's own name
 */
export function requireUnitNames(names: readonly string[], { scope, root }: Layout): void {
  for (const name of names) {
    const why = whyNone(name)
    if (why === null) continue
    const systemctl = `systemctl ${scope === 'user' ? '--user ' : ''}`
    const list =
      root === '' ? `${systemctl}list-units --all` : `systemctl --root=${shellWord(root)} list-unit-files`
    const pattern = isTemplate(name) ? name.replace('@.', '@*.') : name
    throw new UserError(`--replace-units ${name}: ${why}`, {
      hint: `List them: ${list} ${shellWord(pattern)}   Then name each: --replace-units one.service,other.service`,
    })
  }
}

function whyNone(name: string): string | null {
  if (/[*?[\]]/.test(name)) return 'a pattern is no unit name'
  if (!isUnitName(name)) return 'that is no name of a unit'
  return isTemplate(name) ? 'a template is no unit that runs, its instances are' : null
}
