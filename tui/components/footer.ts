import { safe } from '../../src/text/fit.ts'
import { activeBindings } from '../keymap.ts'
import { cut, type Line, type Role, type Span } from '../line.ts'
import { screens } from '../screens/screens.ts'
import type { AppState, Message } from '../state.ts'

const messageRoles: Record<Message['kind'], Role | null> = { good: 'good', bad: 'bad', plain: null }

/** A line about what is going on, and one with the keys that work now. */
export function footerLines(state: AppState): Line[] {
  return [cut(noteLine(state), state.size.columns), cut(keysLine(state), state.size.columns)]
}

function noteLine(state: AppState): Line {
  const { question, message, link } = state
  if (question) return [{ text: safe(question.preview), role: 'warn' }]
  if (message) {
    const role = messageRoles[message.kind]
    return [role ? { text: safe(message.text), role } : safe(message.text)]
  }
  if (link.kind === 'away') return [{ text: safe(link.reason), role: 'warn' }]
  if (state.pages.length > 0 || state.help) return []
  return [{ text: screens[state.screen].note(state), role: 'dim' }]
}

function keysLine(state: AppState): Line {
  if (state.editing) {
    return [
      { text: '/', role: 'key' },
      safe(state.arrangements[state.screen].filter),
      '▏',
      { text: '  enter keeps it, esc drops it', role: 'dim' },
    ]
  }
  const shown = activeBindings(state).filter(({ short }) => short !== undefined)
  return shown.flatMap(({ keys, short }, index): Span[] => [
    index === 0 ? '' : '  ',
    { text: keys[0] ?? '', role: 'key' },
    ` ${short ?? ''}`,
  ])
}
