import { campaignActive } from './campaign-active.ts'
import { healthCritical } from './health-critical.ts'
import { highScores } from './high-scores.ts'
import { highScoresInWindow } from './high-scores-in-window.ts'
import { ledgerErrors } from './ledger-errors.ts'
import { lowScores } from './low-scores.ts'
import { oldestWaiting } from './oldest-waiting.ts'
import { queueSaturated } from './queue-saturated.ts'
import { recentFailures } from './recent-failures.ts'
import type { BuiltInRule } from './rule.ts'
import { windowClosing } from './window-closing.ts'

/** The rules of spec §7, by priority. A new one is a file beside these and a line here. */
export const builtInRules: readonly BuiltInRule[] = [
  healthCritical,
  queueSaturated,
  campaignActive,
  oldestWaiting,
  recentFailures,
  windowClosing,
  highScoresInWindow,
  ledgerErrors,
  highScores,
  lowScores,
]

export const builtInNames: readonly string[] = builtInRules.map(({ name }) => name)
