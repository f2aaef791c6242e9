import { shellWord } from '../../domain/install/shell-word.ts'
import { count } from '../../text/format.ts'
import { note, ok, warn, type Check } from './check.ts'
import type { InstallationFacts } from './machine-facts.ts'

const name = 'machine.installation'

/** Which places and variables a command has from an installed fleet, and why it has none. */
export function judgeInstallation(facts: InstallationFacts): Check[] {
  switch (facts.kind) {
    case 'joined':
      return [ok(name, joinedText(facts)), ...unreadOf(facts)]
    case 'another':
      return [
        note(
          name,
          `the fleet that is installed here (${facts.record}) runs with another configuration, ${facts.config}`,
          `To ask that one: jrctl --config ${shellWord(facts.config)} doctor (or JRCTL_CONFIG)`,
        ),
      ]
    case 'mistrusted':
      return [warn(name, `${facts.record} is not heeded: it ${facts.why}`, facts.remedy)]
    default:
      return facts satisfies never
  }
}

type Joined = Extract<InstallationFacts, { kind: 'joined' }>

function joinedText({ record, places, variables, environmentFile }: Joined): string {
  const told = Object.entries(places).map(([variable, value]) => `${variable}=${value}`)
  const all = [...told, ...(variables === 0 ? [] : [`${count(variables, 'variable')} of ${environmentFile}`])]
  const what = all.length === 0 ? 'nothing was left to be told of it' : `taken from there: ${all.join(', ')}`
  return `this is the fleet that is installed here (${record}); ${what}`
}

function unreadOf({ unread }: Joined): Check[] {
  if (unread === null) return []
  return [note(name, `${unread.path}, where the fleet's variables are, ${unread.why}`, unread.remedy)]
}
