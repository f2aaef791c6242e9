import { ledgerEventTypes } from '../ledger-event.ts'
import { sanitize } from '../sanitize.ts'

/**
 * Topics are NATS' subjects: segments between dots, compared letter by letter. In a pattern `*` stands for exactly one
 * segment, and `>` at the end for one or more.
 */
export const topicLimits = {
  characters: 200,
  segments: 16,
} as const

const segmentPattern = /^[A-Za-z0-9_:-]+$/
const allowed = 'segments of letters, digits, "_", "-" and ":" between dots, such as prices.eur'

/** A pattern, taken apart once and matched often. */
export type TopicPattern = readonly string[]

/** Why nothing can be published under this; undefined: it can. */
export function topicProblem(text: string): string | undefined {
  const problem = lengthProblem(text)
  if (problem !== undefined) return problem
  const segments = text.split('.')
  if (segments.some((segment) => segment === '*' || segment === '>'))
    return `found wildcards in ${shown(text)}; they are for subscribers, a message has one topic`
  return segments.every((segment) => segmentPattern.test(segment)) ? undefined : badSegment(text, allowed)
}

/** Why nobody can subscribe to this; undefined: one can. */
export function patternProblem(text: string): string | undefined {
  const problem = lengthProblem(text)
  if (problem !== undefined) return problem
  const segments = text.split('.')
  const bad = segments.find((segment, index) => !isPatternSegment(segment, index === segments.length - 1))
  if (bad === undefined) return undefined
  if (bad === '#')
    return `found ${shown(text)}; all that follows is written ">" here, as in ${shown(text.replace('#', '>'))}`
  return badSegment(text, `${allowed}; "*" for one segment, ">" at the end for all that follow`)
}

export function parsePattern(text: string): TopicPattern {
  return text.split('.')
}

/** Whether a message under this topic is meant by the pattern. */
export function matchesTopic(pattern: TopicPattern, topic: string): boolean {
  const segments = topic.split('.')
  const isOpen = pattern.at(-1) === '>'
  if (isOpen ? segments.length < pattern.length : segments.length !== pattern.length) return false
  return pattern.every(
    (wanted, index) =>
      wanted === '*' || wanted === segments[index] || (isOpen && index === pattern.length - 1),
  )
}

/**
 * First segments under which the daemon alone publishes: those of the ledger, whose entries are its messages, and its own
 * name. So what is said under them is true.
 */
export const reservedRoots: ReadonlySet<string> = new Set([
  'jrctl',
  ...ledgerEventTypes.map((type) => rootOf(type)),
])

export function isReserved(topic: string): boolean {
  return reservedRoots.has(rootOf(topic))
}

function rootOf(topic: string): string {
  return topic.split('.', 1)[0] ?? ''
}

function isPatternSegment(segment: string, isLast: boolean): boolean {
  return segment === '*' || (isLast && segment === '>') || segmentPattern.test(segment)
}

function lengthProblem(text: string): string | undefined {
  if (text === '') return `found nothing, allowed ${allowed}`
  if (text.length > topicLimits.characters)
    return `is ${text.length} characters long; at most ${topicLimits.characters} are allowed`
  const segments = text.split('.').length
  if (segments > topicLimits.segments)
    return `has ${segments} segments; at most ${topicLimits.segments} are allowed`
  return undefined
}

function badSegment(text: string, expected: string): string {
  return `found ${shown(text)}, allowed ${expected}`
}

/** What is no topic may be anything. */
function shown(text: string): string {
  return `"${sanitize(text, { lengthMax: 80 })}"`
}
