/**
 * Text that is plausible at a glance and never mistaken for more: it says first that it is simulated, and of what. The same
 * prompt gives the same text.
 */
export interface SimulatedText {
  /** Each a word with the space before it; together they are the text. */
  tokens: string[]
  /** It was cut at the most that was asked for. */
  cut: boolean
}

export function simulatedText(prompt: string, tokensMax: number): SimulatedText {
  const dice = diceOf(prompt)
  const topic = topicOf(prompt)
  const opening = `[simulated] No model was asked. On “${topic}”:`
  const sentences = [opening]
  const count = sentencesMin + dice(sentencesMore)
  for (let i = 0; i < count; i++) sentences.push(sentence(dice))
  const tokens = tokensOf(sentences.join(' '))
  return { tokens: tokens.slice(0, tokensMax), cut: tokens.length > tokensMax }
}

/** How a simulated LLM counts: a token is a word with the space before it. At least one, as of every real request. */
export function countTokens(text: string): number {
  return Math.max(1, tokensOf(text).length)
}

const sentencesMin = 2
const sentencesMore = 4
const topicWords = 8

function tokensOf(text: string): string[] {
  return text.match(/\s*\S+/g) ?? []
}

/** The last words of the prompt are those of the user's latest message. */
function topicOf(prompt: string): string {
  const words = prompt.trim().split(/\s+/)
  const last = words.slice(-topicWords).join(' ')
  return words.length > topicWords ? `… ${last}` : last
}

const subjects = [
  'The first part',
  'Most of it',
  'What follows from it',
  'The rest',
  'A closer look',
  'The data',
]
const verbs = ['points to', 'rests on', 'agrees with', 'calls for', 'leaves room for', 'is in line with']
const objects = [
  'a plain reading',
  'a small change',
  'what was asked',
  'a second opinion',
  'an earlier result',
]
const endings = [
  'as far as can be seen.',
  'in most cases.',
  'with some reserve.',
  'for the time being.',
  'so far.',
]

function sentence(dice: Dice): string {
  return [subjects, verbs, objects, endings].map((list) => list[dice(list.length)]).join(' ')
}

/** @returns from 0 to below its argument */
type Dice = (below: number) => number

/** The prompt's own dice (FNV-1a, then a linear congruential generator): chance would give a new answer each time. */
export function diceOf(seed: string): Dice {
  let state = 0x811c9dc5
  for (let i = 0; i < seed.length; i++) state = Math.imul(state ^ seed.charCodeAt(i), 0x01000193)
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return Math.floor((state / 2 ** 32) * below)
  }
}
