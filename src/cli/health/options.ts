import { type Command, InvalidArgumentError } from 'commander'
import { UserError } from '../../errors.ts'
import { integer } from '../option-values.ts'
import { parseDuration } from '../time-options.ts'
import { standardThresholds, type Limits, type Thresholds } from './thresholds.ts'

/** As commander names them. */
export interface ThresholdOptions {
  pendingWarn?: number
  pendingCrit?: number
  oldestWarn?: number
  oldestCrit?: number
  failedWarn?: number
  failedCrit?: number
  scoreWarn?: number
  scoreCrit?: number
  diskWarn?: number
  diskCrit?: number
}

const mib = 2 ** 20

/** The options by which an operator says what is worth a warning. */
export function addThresholds(command: Command): Command {
  const tasks = integer(0, 1_000_000_000)
  const score = integer(0, 100)
  const free = integer(0, 1_000_000_000)
  return command
    .option('--pending-warn <tasks>', 'warn when more wait for a worker', tasks)
    .option('--pending-crit <tasks>', 'critical when more do', tasks)
    .option('--oldest-warn <duration>', 'warn when the oldest has waited longer (default 30m)', span)
    .option('--oldest-crit <duration>', 'critical when it has', span)
    .option('--failed-warn <tasks>', 'warn when there are more dead letters', tasks)
    .option('--failed-crit <tasks>', 'critical when there are', tasks)
    .option('--score-warn <points>', "warn when the fleet's health is below (default 80)", score)
    .option('--score-crit <points>', 'critical when it is (default 50)', score)
    .option('--disk-warn <MiB>', 'warn when the disk of the local state has less free (default 256)', free)
    .option('--disk-crit <MiB>', 'critical when it has (default 32)', free)
}

/** @throws UserError where a warning would come only after it is critical */
export function thresholdsOf(options: ThresholdOptions): Thresholds {
  requireOrder('pending', options.pendingWarn, options.pendingCrit, 'above')
  requireOrder('oldest', options.oldestWarn, options.oldestCrit, 'above')
  requireOrder('failed', options.failedWarn, options.failedCrit, 'above')
  requireOrder('score', options.scoreCrit, options.scoreWarn, 'below')
  requireOrder('disk', options.diskCrit, options.diskWarn, 'below')
  const bytesOf = (size: number | undefined) => (size === undefined ? undefined : size * mib)
  return {
    pending: limits(standardThresholds.pending, options.pendingWarn, options.pendingCrit),
    oldestMs: limits(standardThresholds.oldestMs, options.oldestWarn, options.oldestCrit),
    failed: limits(standardThresholds.failed, options.failedWarn, options.failedCrit),
    score: limits(standardThresholds.score, options.scoreWarn, options.scoreCrit),
    freeBytes: limits(standardThresholds.freeBytes, bytesOf(options.diskWarn), bytesOf(options.diskCrit)),
  }
}

/** Both were given, and the first is not to be larger: of what is told above a limit the warning, of what is told below it the other. */
function requireOrder(
  what: string,
  smaller: number | undefined,
  larger: number | undefined,
  side: 'above' | 'below',
): void {
  if (smaller === undefined || larger === undefined || smaller <= larger) return
  throw new UserError(
    `--${what}-warn lies ${side} --${what}-crit: it would be critical before it is a warning`,
    {
      hint: 'Exchange the two.',
    },
  )
}

function limits(standard: Limits, warn: number | undefined, crit: number | undefined): Limits {
  return { warn: warn ?? standard.warn, crit: crit ?? standard.crit }
}

function span(text: string): number {
  const ms = parseDuration(text)
  if (ms !== undefined) return ms
  throw new InvalidArgumentError('A duration is wanted, such as 90s, 30m or 2h.')
}
