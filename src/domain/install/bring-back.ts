import type { Layout } from './layout.ts'
import type { ReplacedUnit } from './old-fleet.ts'
import type { InstallRecord } from './record.ts'
import { shellWord } from './shell-word.ts'

interface Before {
  record: Pick<InstallRecord, 'replaced' | 'account'> | null
  /** Units' files that lie beside ours under another name; below the unit folder. */
  asides: readonly { path: string; aside: string }[]
}

/** How the fleet of before comes back, if somebody wants it: lines for a shell, in their order. */
export function bringBack({ scope, root, unitFolder }: Layout, { record, asides }: Before): string[] {
  const systemctl = scope === 'user' ? 'systemctl --user' : 'systemctl'
  const at = (name: string) => shellWord(`${root}${unitFolder}/${name}`)
  const moves = asides.map(({ path, aside }) => `mv ${at(aside)} ${at(path)}`)
  const reload = moves.length > 0 && root === '' ? [`${systemctl} daemon-reload`] : []
  const lines = [...moves, ...reload, ...(record === null ? [] : switchOn(record, scope))]
  return lines.length === 0 ? [] : ['What was there before the installation comes back by:', ...lines]
}

function switchOn(
  { replaced, account }: Pick<InstallRecord, 'replaced' | 'account'>,
  scope: Layout['scope'],
): string[] {
  const ofAccount = scope === 'system' && account !== null ? ` --machine=${account}@.host` : ''
  return (['system', 'user'] as const).flatMap((owner) => {
    const command = owner === 'system' ? 'systemctl' : `systemctl --user${ofAccount}`
    const names = (want: (unit: ReplacedUnit) => boolean) =>
      replaced.filter((unit) => unit.owner === owner && want(unit)).map(({ name }) => shellWord(name))
    const line = (verb: string, some: readonly string[]) =>
      some.length === 0 ? [] : [`${command} ${verb} ${some.join(' ')}`]
    const [enabled, active] = [names((unit) => unit.wasEnabled), names((unit) => unit.wasActive)]
    return line('enable', enabled).concat(line('start', active))
  })
}
