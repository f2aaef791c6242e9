import { cronLineBytesMax } from './cron-lines.ts'
import { withCronLines } from './crontab.ts'
import type { InstallSeen, InstallWish } from './plan-install.ts'
import type { InstallStep, Refusal } from './step.ts'
import { diffLines } from './text-diff.ts'

export interface CronPlan {
  steps: InstallStep[]
  refusals: Refusal[]
}

/** Has the lines that are wanted in the account's crontab. */
export function planCron(
  { cronLines, account }: Pick<InstallWish, 'cronLines' | 'account'>,
  { crontab }: Pick<InstallSeen, 'crontab'>,
): CronPlan {
  if (cronLines === null || crontab === null) return { steps: [], refusals: [] }
  const long = cronLines.find((line) => line.length > cronLineBytesMax)
  if (long === undefined) return planCrontab({ account, text: crontab }, cronLines)
  return refusing({
    message: `cron takes no line of ${long.length} characters`,
    hint: `Install the program and its configuration where their paths are short; a line has at most ${cronLineBytesMax}.`,
  })
}

/** Takes lines out that are wanted no more: the timer runs the health check again, or another account's cron. */
export function planCronMove({ oldCrontab }: Pick<InstallSeen, 'oldCrontab'>): CronPlan {
  return oldCrontab === null ? { steps: [], refusals: [] } : planCrontab(oldCrontab, [])
}

/** A crontab with these lines of ours; none take them out. */
export function planCrontab(
  { account, text: before }: { account: string; text: string },
  lines: readonly string[],
): CronPlan {
  const change = withCronLines(before, lines)
  if (change.kind === 'broken')
    return refusing({
      message: `the crontab of ${account} has "# jrctl begin" without "# jrctl end" after it`,
      hint: 'Take our lines out by hand (crontab -e), then run this again.',
    })
  if (change.kind === 'same') return { steps: [], refusals: [] }
  const { text } = change
  return {
    steps: [{ kind: 'write_crontab', account, text, diff: diffLines(before, text) }],
    refusals: [],
  }
}

function refusing(refusal: Refusal): CronPlan {
  return { steps: [], refusals: [refusal] }
}
