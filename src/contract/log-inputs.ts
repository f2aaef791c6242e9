import { z } from 'zod'
import { taskLimits } from '../domain/task.ts'
import { epochMs, flag, fromText, text } from './fields.ts'
import { logLimits } from './logs.ts'
import { apiLimits } from './routes.ts'

/** What the route of logs takes. */
export const logInputs = {
  followLog: z
    .strictObject({
      /** Absent: the daemon's own. */
      jr: text(taskLimits.jrNameBytes, 1).optional(),
      instance: fromText(z.int().min(1).max(apiLimits.instances).default(1)),
      /** The last so many; by default 100, or all with `since`. */
      lines: fromText(z.int().min(0).max(logLimits.lines).optional()),
      /** Files that were over by then are passed over, and what is earlier; epoch milliseconds. */
      since: fromText(epochMs.optional()),
      /** Goes on with what is written, across rotations and restarts. */
      follow: flag(true),
      /** For a screen: what it is too late for is left out, and it is told how much that was. */
      latest: flag(false),
    })
    .refine(({ lines, since }) => lines === undefined || since === undefined, {
      message: 'lines, since: found both, allowed one of them',
    }),
} as const
