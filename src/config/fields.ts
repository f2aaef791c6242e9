import * as z from 'zod'
import { durationPattern, formatDuration, parseDuration } from './durations.ts'
import type { DurationRange } from './durations.ts'
import { pathPattern } from './paths.ts'
import { formatSize, parseSize, sizePattern } from './sizes.ts'
import type { SizeRange } from './sizes.ts'

/** What is known of a key beyond its zod schema: enough to word a message, read a variable and print a table. */
export interface FieldNote {
  /** How the text of an environment variable becomes a value; `structured` ones cannot come from one. */
  kind: 'text' | 'number' | 'boolean' | 'structured'
  /** Completes "allowed …". */
  allowed: string
  /** Why the key exists and why its default is what it is. */
  reason: string
  unit: string | null
  /** As it is written in TOML; null: no value. */
  default: string | number | boolean | null
  choices?: readonly (string | number)[]
  range?: DurationRange
  sizes?: SizeRange
  secret?: boolean
}

const notes = z.registry<FieldNote>()

/** A zod schema that `noteOf` knows. */
export type Field = z.ZodType

/** The note of a field made by one of the functions below. */
export function noteOf(field: Field): FieldNote | undefined {
  return notes.get(field)
}

/** A time span; becomes milliseconds. */
export function duration(standard: string, range: [min: string, max: string], reason: string) {
  const [minMs, maxMs] = range.map((text) => parseDuration(text) ?? Number.NaN)
  const bounds = { minMs: minMs ?? 0, maxMs: maxMs ?? 0 }
  const allowed = `a duration from "${formatDuration(bounds.minMs)}" to "${formatDuration(bounds.maxMs)}", such as "${standard}"`
  return z
    .string()
    .regex(durationPattern)
    .refine((text) => within(parseDuration(text), bounds))
    .transform((text) => parseDuration(text) ?? 0)
    .prefault(standard)
    .meta({ description: reason })
    .register(notes, { kind: 'text', allowed, reason, unit: 'duration', default: standard, range: bounds })
}

/** A time span, or "off"; becomes milliseconds, or null. */
export function durationOrOff(standard: string, range: [min: string, max: string], reason: string) {
  const [minMs, maxMs] = range.map((text) => parseDuration(text) ?? Number.NaN)
  const bounds = { minMs: minMs ?? 0, maxMs: maxMs ?? 0 }
  const allowed = `"off", or a duration from "${formatDuration(bounds.minMs)}" to "${formatDuration(bounds.maxMs)}"`
  return z
    .string()
    .regex(durationOrOffPattern)
    .refine((text) => text === off || within(parseDuration(text), bounds))
    .transform((text) => (text === off ? null : (parseDuration(text) ?? 0)))
    .prefault(standard)
    .meta({ description: reason })
    .register(notes, { kind: 'text', allowed, reason, unit: 'duration', default: standard, range: bounds })
}

const off = 'off'
const durationOrOffPattern = new RegExp(`${durationPattern.source}|^${off}$`)

function within(value: number | undefined, range: DurationRange): boolean {
  return value !== undefined && value >= range.minMs && value <= range.maxMs
}

/** An amount of bytes; becomes a number of them. */
export function size(standard: string, range: [min: string, max: string], reason: string) {
  const { allowed, bounds } = sizeBounds(range, standard)
  return z
    .string()
    .regex(sizePattern)
    .refine((text) => isWithin(parseSize(text), bounds))
    .transform((text) => parseSize(text) ?? 0)
    .prefault(standard)
    .meta({ description: reason })
    .register(notes, { kind: 'text', allowed, reason, unit: 'size', default: standard, sizes: bounds })
}

/** An amount of bytes, or "off"; becomes a number of them, or null. */
export function sizeOrOff(standard: string, range: [min: string, max: string], reason: string) {
  const { allowed, bounds } = sizeBounds(range, '2G')
  return z
    .string()
    .regex(sizeOrOffPattern)
    .refine((text) => text === off || isWithin(parseSize(text), bounds))
    .transform((text) => (text === off ? null : (parseSize(text) ?? 0)))
    .prefault(standard)
    .meta({ description: reason })
    .register(notes, {
      kind: 'text',
      allowed: `"off", or ${allowed}`,
      reason,
      unit: 'size',
      default: standard,
      sizes: bounds,
    })
}

const sizeOrOffPattern = new RegExp(`${sizePattern.source}|^${off}$`)

function sizeBounds(range: [min: string, max: string], example: string) {
  const [minBytes, maxBytes] = range.map((text) => parseSize(text) ?? Number.NaN)
  const bounds = { minBytes: minBytes ?? 0, maxBytes: maxBytes ?? 0 }
  const allowed = `a size from "${formatSize(bounds.minBytes)}" to "${formatSize(bounds.maxBytes)}", such as "${example}"`
  return { allowed, bounds }
}

function isWithin(value: number | undefined, range: SizeRange): boolean {
  return value !== undefined && value >= range.minBytes && value <= range.maxBytes
}

/** A number in a closed range. */
export function numeric(
  standard: number,
  range: { min: number; max: number; whole: boolean; unit: string },
  reason: string,
) {
  const { min, max, whole, unit } = range
  const allowed = `a ${whole ? 'whole number' : 'number'} from ${min} to ${max}`
  const base = z.number().min(min).max(max)
  return (whole ? base.refine(Number.isInteger).meta({ type: 'integer' }) : base)
    .prefault(standard)
    .meta({ description: reason })
    .register(notes, { kind: 'number', allowed, reason, unit, default: standard })
}

export function flag(standard: boolean, reason: string) {
  return z
    .boolean()
    .prefault(standard)
    .meta({ description: reason })
    .register(notes, {
      kind: 'boolean',
      allowed: 'true or false',
      reason,
      unit: null,
      default: standard,
      choices: ['true', 'false'],
    })
}

/** One of a few words. */
export function choice<const Words extends readonly [string, ...string[]]>(
  words: Words,
  standard: Words[number],
  reason: string,
) {
  const schema = z.literal([...words] as Words[number][]).prefault(() => standard)
  const allowed = words.map((word) => `"${word}"`).join(', ')
  return noted(schema, { kind: 'text', allowed, reason, unit: null, default: standard, choices: words })
}

/** A path: absolute, below the home folder (`~/`), or relative to the configuration file's folder. */
export function path(reason: string) {
  return z
    .string()
    .min(1)
    .regex(pathPattern)
    .optional()
    .meta({ description: reason })
    .register(notes, { kind: 'text', allowed: pathAllowed, reason, unit: 'path', default: null })
}

const pathAllowed = 'a path: absolute, from the home folder ("~/…") or relative to this file'

/** Adds a note to a field of another form. */
export function noted<Schema extends z.ZodType>(schema: Schema, note: FieldNote) {
  const described = schema.meta({ description: note.reason })
  notes.add(described, note)
  return described
}
