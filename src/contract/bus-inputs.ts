import { z } from 'zod'
import { patternProblem, topicProblem } from '../domain/bus/topic.ts'
import type { Json } from '../domain/task.ts'
import { busLimits } from './bus.ts'
import { flag } from './fields.ts'

/** A text that a function finds nothing wrong with. */
function checked(problemOf: (text: string) => string | undefined) {
  return z.string().superRefine((value, context) => {
    const problem = problemOf(value)
    if (problem !== undefined) context.addIssue({ code: 'custom', message: problem })
  })
}

const topic = checked(topicProblem)

/** JSON by origin: the body was parsed, and its depth looked at. To walk through it again would cost more than all the rest. */
const data = z.custom<Json>((value) => value !== undefined)

/** In the query they are repeated (`topic=a&topic=b`), or stand between commas. */
const patterns = z.preprocess(
  (value) => (typeof value === 'string' ? value.split(',') : value),
  z.array(checked(patternProblem)).min(1).max(busLimits.topicsPerSubscriber),
)

const errorText = z.string().superRefine((value, context) => {
  const bytes = Buffer.byteLength(value)
  if (bytes <= busLimits.errorBytes) return
  const message = `is ${bytes} bytes long; at most ${busLimits.errorBytes} are allowed`
  context.addIssue({ code: 'custom', message })
})

/** What the routes of the bus take (spec §9). */
export const busInputs = {
  publishBus: z.strictObject({ topic, data: data.default(null) }),
  requestBus: z.strictObject({
    topic,
    data: data.default(null),
    /** By default what the configuration says, `[bus] timeout`. */
    timeout_ms: z.int().min(1).max(busLimits.timeoutMsMax).optional(),
    cache_ms: z.int().min(0).max(busLimits.cacheMsMax).default(0),
  }),
  replyBus: z
    .strictObject({
      request_id: z.string().min(1).max(100),
      data: data.optional(),
      /** Null, as absent: there is none. */
      error: errorText.nullable().optional(),
    })
    .superRefine(({ data: given, error }, context) => {
      const hasError = typeof error === 'string'
      if (hasError && given !== undefined && given !== null)
        context.addIssue({ code: 'custom', message: 'found data and an error, allowed one of them' })
      if (!hasError && given === undefined)
        context.addIssue({ code: 'custom', message: 'found neither data nor an error, allowed one of them' })
    }),
  subscribeBus: z.strictObject({
    topic: patterns,
    respond: flag(false),
  }),
} as const
