import type { Key } from '../key-name.ts'
import type { Binding } from '../keymap.ts'
import { type AppState, type Step, step, told } from '../state.ts'
import type { Question } from './change.ts'
import { isUnread } from './rethink.ts'

const yesOrNo: readonly Binding[] = [
  { keys: ['y'], does: 'yes, do it', short: 'yes', press: confirmed },
  { keys: ['n', 'esc', 'q'], does: 'no', short: 'no', press: declined },
  { keys: ['ctrl+c'], does: 'quit', press: (state) => step(state, { kind: 'quit' }) },
]

/** The keys that answer a question. Of one that wants a word typed, the first is what has been typed of it. */
export function answerBindings({ word, typed = '' }: Question): readonly Binding[] {
  if (word === undefined) return yesOrNo
  const does = `type ${word}, then enter`
  return [
    { keys: [`${typed}▏`], does, short: does, press: (state) => step(state) },
    { keys: ['esc'], does: 'no', short: 'no', press: declined },
    { keys: ['ctrl+c'], does: 'quit', press: (state) => step(state, { kind: 'quit' }) },
  ]
}

/** A key while a question waits for its word. */
export function typeWord(state: AppState, question: Question, { name, text }: Key): Step {
  const { word, typed = '' } = question
  const now = (next: string) => step({ ...state, question: { ...question, typed: next } })
  if (name === 'esc') return declined(state)
  if (name === 'enter') return typed === word ? confirmed(state) : step(state)
  if (name === 'backspace') return now(Array.from(typed).slice(0, -1).join(''))
  if (name === 'ctrl+u') return now('')
  return text === '' || typed.length >= typedMax ? step(state) : now(typed + text)
}

/** Longer than any word that is asked for, so that a mistake can be seen. */
const typedMax = 12

function confirmed(state: AppState): Step {
  const { question, now } = state
  if (!question) return step(state)
  if (question.turned !== undefined && isUnread(question, state))
    return step({ ...state, question: { ...question, turned: { ...question.turned, isHeld: true } } })
  const { change, doing: text = 'Asking the daemon …' } = question
  const underWay = [...state.underWay, { change, text, sinceMs: now.monotonicMs }]
  return step({ ...state, question: null, message: null, underWay }, { kind: 'change', change })
}

function declined(state: AppState): Step {
  return step(told({ ...state, question: null }, 'Nothing was changed.', 'plain'))
}
