import { BugError } from '../errors.ts'
import { singleKeys } from './keys.ts'
import type { SingleKey } from './keys.ts'

/** Variables that fleets have set before jrctl, under the names they have there (spec §7). Our own name of the key wins. */
export const seedVariables: readonly SingleKey[] = [
  { ...single('orchestrator.enabled'), variable: 'ORCHESTRATOR_ENABLED' },
  {
    ...single('orchestrator.interval'),
    variable: 'ORCHESTRATOR_INTERVAL_SECONDS',
    worded: (text) => (/^\s*\d{1,12}(\.\d{1,6})?\s*$/.test(text) ? `${text.trim()}s` : text),
  },
]

function single(key: string): SingleKey {
  const found = singleKeys.find((one) => one.key === key)
  if (found === undefined) throw new BugError(`there is no key ${key}`)
  return found
}
