import { setFlagsFromString } from 'node:v8'

/** Of a text that is searched; titles are shorter. The worst pattern takes some 100 ms for so much, all others a millisecond. */
const textCharactersMax = 4_000
const patternCharactersMax = 200
/** Patterns whose machines are kept; more than conditions have. */
const keptMax = 1_000

/**
 * Whether a text has a part that matches a pattern, in time linear in its length whatever the pattern (as RE2, which CEL asks for), by
 * V8's own engine for that, behind its flag `l`. V8's usual one tries ways one after the other: `(a+)+b` would hold up the daemon
 * for hours. What has no linear machine (back references, looking ahead, much counting) is refused.
 * @throws TypeError that says why it cannot be told
 */
export function matchesLinearly(text: string, pattern: string): boolean {
  const machine = linearPattern(pattern)
  if (typeof machine === 'string') throw new TypeError(machine)
  if (text.length > textCharactersMax)
    throw new TypeError(
      `matches looks at ${textCharactersMax} characters at most, this text has ${text.length}`,
    )
  return machine.test(text)
}

/** Why there is no such machine, in plain words; null: there is one. */
export function patternProblem(pattern: string): string | null {
  const machine = linearPattern(pattern)
  return typeof machine === 'string' ? machine : null
}

/** V8's own; no other engine knows it. */
const linearFlag = 'l'
const kept = new Map<string, RegExp | string>()
let isEnabled = false

function linearPattern(pattern: string): RegExp | string {
  const known = kept.get(pattern)
  if (known !== undefined) return known
  const made = make(pattern)
  if (kept.size >= keptMax) kept.clear()
  kept.set(pattern, made)
  return made
}

function make(pattern: string): RegExp | string {
  if (pattern.length > patternCharactersMax)
    return `the pattern ${shown(pattern)} has ${pattern.length} characters, at most ${patternCharactersMax} are allowed`
  try {
    // It lets patterns ask for that engine, and changes nothing of others.
    if (!isEnabled) setFlagsFromString('--enable-experimental-regexp-engine')
    isEnabled = true
    return new RegExp(pattern, linearFlag)
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error)
    return message.includes('linear time')
      ? `the pattern ${shown(pattern)} cannot be matched in linear time: no \\1, (?=…), (?!…) and no large {n}`
      : `the pattern ${shown(pattern)} is no regular expression`
  }
}

function shown(pattern: string): string {
  return JSON.stringify(pattern.length > 60 ? `${pattern.slice(0, 60)}…` : pattern)
}
