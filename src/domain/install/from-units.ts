import { workersAreUnits } from '../units/daemon-unit.ts'
import type { InstallRecord } from './record.ts'

/** What an installation goes on with where nothing else is said. */
export type InstalledAs = Pick<InstallRecord, 'profile' | 'account' | 'config' | 'needs'>

/** What every unit of the system is ordered after. */
const network = 'network-online.target'

/**
 * How was installed, as the daemon's unit tells it that jrctl wrote: for when what was noted beside it cannot be read. Null: that is no
 * such unit.
 */
export function installedAs(unit: string): InstalledAs | null {
  const config = /^ExecStart=.* --config ("(?:[^"\\]|\\.)*"|\S+) daemon$/m.exec(unit)?.[1]
  if (config === undefined) return null
  const needs = /^After=(.*)$/m.exec(unit)?.[1] ?? ''
  return {
    profile: unit.split('\n').includes(`Environment=${workersAreUnits}`) ? 'hardened' : 'standard',
    account: /^User=(\S+)$/m.exec(unit)?.[1] ?? null,
    config: plain(config),
    needs: needs.split(/\s+/).filter((name) => name !== '' && name !== network),
  }
}

/** Of a word as `argument` writes it. */
function plain(word: string): string {
  const text = word.startsWith('"') ? word.slice(1, -1).replaceAll(/\\(["\\])/g, '$1') : word
  return text.replaceAll('%%', '%').replaceAll('$$', '$')
}
