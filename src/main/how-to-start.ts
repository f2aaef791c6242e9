import { shellWord } from '../domain/install/shell-word.ts'
import { daemonUnit } from '../domain/units/unit-name.ts'
import type { Installed } from './installed.ts'
import { isThere } from './noted-layouts.ts'

/**
 * How the daemon that a command misses comes to run, where an installed fleet has to do with it: by hand, it would run beside the
 * installed one, or as another account. Null: as everywhere, by `jrctl daemon`.
 */
export function howToStart(
  installed: Installed | null | undefined,
  hasSystemd: () => boolean = () => isThere('/run/systemd/system'),
): string | null {
  if (!installed) return null
  switch (installed.kind) {
    case 'joined':
      return hasSystemd() ? `Start it with: ${systemctlOf(installed.scope)} start ${daemonUnit}` : null
    case 'another': {
      const ask = `jrctl --config ${shellWord(installed.config)} …`
      return `The fleet that is installed here has another configuration; ask it: ${ask}   Or start one of this configuration: jrctl daemon`
    }
    case 'mistrusted':
      return `The fleet that is installed here may be meant, by ${installed.record}; let it be heeded first. ${installed.remedy}`
    default:
      return installed satisfies never
  }
}

function systemctlOf(scope: 'system' | 'user'): string {
  return scope === 'system' ? 'sudo systemctl' : 'systemctl --user'
}
