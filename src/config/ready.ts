import * as z from 'zod'
import { durationPattern, parseDuration } from './durations.ts'
import { noted } from './fields.ts'
import type { FieldNote } from './fields.ts'
import type { ReadyCheck } from './policy.ts'

/** A probe that is slower than this holds a boot up for no reason, one that is faster costs more than it tells. */
const every = span('100ms', '1h').optional()
const program = z
  .array(
    z
      .string()
      .max(131_072)
      .regex(/^[^\0]*$/),
  )
  .min(1)
  .max(1000)
  .refine((words) => words[0] !== '')

const checks = {
  heartbeat: z.literal(true).optional(),
  port: z.number().refine(Number.isInteger).min(1).max(65_535).optional(),
  command: program.optional(),
  log: z.string().min(1).max(500).refine(isPattern).optional(),
  delay: span('0s', '1d').optional(),
}
/** Which check a further key belongs to. */
const companions = { host: ['port'], every: ['port', 'command'] } as const

const table = z
  .strictObject({
    ...checks,
    host: z
      .string()
      .regex(/^[\w.:%-]{1,253}$/)
      .optional(),
    every,
  })
  .refine((found) => checksIn(found).length === 1, { when: isSound })
  .refine(
    (found) =>
      Object.entries(companions).every(
        ([name, owners]) =>
          !Object.hasOwn(found, name) || owners.some((owner) => Object.hasOwn(found, owner)),
      ),
    { when: isSound },
  )

/** Names of the keys that may stand in a `ready` table, for messages. */
export const readyKeys = [...Object.keys(checks), ...Object.keys(companions)]

const note: FieldNote = {
  kind: 'text',
  allowed:
    '"heartbeat", a duration that it must have been alive, such as "1s", or a table with one of heartbeat = true, port = 8080 (with host), command = ["program", …], log = "regular expression", delay = "1s"; every = "1s" goes with port and command',
  reason:
    'How it shows that those who depend on it, and the next layer, may start: by its first heartbeat, an open port, a command that ends with 0, a line of its log, or by being alive for so long.',
  unit: null,
  default: '1s',
  choices: ['heartbeat'],
}

/** `ready` of a worker. */
export const readyField = noted(
  z.union([z.literal('heartbeat'), span('0s', '1d'), table]).prefault('1s'),
  note,
)

export type ParsedReady = z.output<typeof readyField>

const localhost = '127.0.0.1'
const everyMs = 1_000

/** A checked `ready` as the supervisor takes it. */
export function readyCheckOf(ready: ParsedReady): ReadyCheck {
  if (ready === 'heartbeat') return { kind: 'heartbeat' }
  if (typeof ready === 'number') return { kind: 'delay', delayMs: ready }
  const pace = { everyMs: ready.every ?? everyMs }
  if (ready.port !== undefined)
    return { kind: 'port', host: ready.host ?? localhost, port: ready.port, ...pace }
  if (ready.command !== undefined) {
    const [name = '', ...rest] = ready.command
    return { kind: 'command', command: [name, ...rest], ...pace }
  }
  if (ready.log !== undefined) return { kind: 'log', pattern: ready.log }
  return ready.delay === undefined ? { kind: 'heartbeat' } : { kind: 'delay', delayMs: ready.delay }
}

/** What is wrong with a key is told of that key alone. */
function isSound({ issues }: { issues: readonly unknown[] }): boolean {
  return issues.length === 0
}

function checksIn(found: object): string[] {
  return Object.keys(checks).filter((name) => Object.hasOwn(found, name))
}

function isPattern(text: string): boolean {
  try {
    return new RegExp(text, 'u').source !== ''
  } catch {
    return false
  }
}

function span(min: string, max: string) {
  const [minMs, maxMs] = [parseDuration(min) ?? 0, parseDuration(max) ?? 0]
  return z
    .string()
    .regex(durationPattern)
    .refine((text) => {
      const durationMs = parseDuration(text)
      return durationMs !== undefined && durationMs >= minMs && durationMs <= maxMs
    })
    .transform((text) => parseDuration(text) ?? 0)
}
