import { safe } from '../../src/text/fit.ts'
import { wrap } from '../../src/text/wrap.ts'
import type { Question } from '../changes/change.ts'
import { activeBindings, type Binding } from '../keymap.ts'
import { cut, type Line, lineWidth, type Role } from '../line.ts'
import { screens } from '../screens/screens.ts'
import type { AppState, Message } from '../state.ts'

const messageRoles: Record<Message['kind'], Role | null> = { good: 'good', bad: 'bad', plain: null }

/** A line about what is going on, and one with the keys that work now; a question takes as many as it needs. */
export function footerLines(state: AppState): Line[] {
  const { question, size } = state
  const above = question ? questionLines(question, size.columns) : [cut(noteLine(state), size.columns)]
  return [...above, state.editing ? filterLine(state) : keysLine(activeBindings(state), size.columns)]
}

/** What is asked is never cut: who says yes has read all of it. */
function questionLines({ preview, command }: Question, columns: number): Line[] {
  const asked = wrap(safe(preview), columns).map((text): Line => [{ text, role: 'warn' }])
  const same = wrap(`Same as: ${safe(command)}`, columns).map((text): Line => [{ text, role: 'dim' }])
  return [...asked, ...same]
}

function noteLine(state: AppState): Line {
  const { message, link } = state
  if (message) {
    const role = messageRoles[message.kind]
    return [role ? { text: safe(message.text), role } : safe(message.text)]
  }
  if (link.kind === 'away') return [{ text: safe(link.reason), role: 'warn' }]
  if (state.pages.length > 0 || state.help) return []
  return [{ text: screens[state.screen].note(state), role: 'dim' }]
}

function filterLine(state: AppState): Line {
  const { filter } = state.arrangements[state.screen]
  const told: Line = [{ text: '  enter keeps it, esc drops it', role: 'dim' }]
  const room = state.size.columns - lineWidth(told)
  const typed: Line = [{ text: '/', role: 'key' }, safe(filter), '▏']
  // Of a long filter its end is what is being typed.
  return lineWidth(typed) <= room ? [...typed, ...told] : [...endOf(safe(filter), state.size.columns - 2)]
}

function endOf(filter: string, cells: number): Line {
  const characters = Array.from(filter)
  let end = characters
  while (lineWidth([end.join('')]) > cells - 1) end = end.slice(1)
  return [{ text: '…', role: 'dim' }, end.join(''), '▏']
}

/** Told before any other: it tells of all the others. */
const helpKey = '?'
const gap = '  '

/** As many as have room whole, in their order. */
function keysLine(bindings: readonly Binding[], columns: number): Line {
  const hints = bindings.flatMap(({ keys, short }) =>
    short === undefined
      ? []
      : [{ key: keys[0] ?? '', line: [{ text: keys[0] ?? '', role: 'key' }, ` ${short}`] as Line }],
  )
  const help = hints.find(({ key }) => key === helpKey)
  let room = columns - (help ? lineWidth(help.line) : -gap.length)
  const told = hints.filter((hint) => {
    if (hint === help) return true
    const cells = gap.length + lineWidth(hint.line)
    const fits = cells <= room
    room = fits ? room - cells : 0
    return fits
  })
  return told.flatMap(({ line }, index) => (index === 0 ? line : spaced(line)))
}

function spaced(line: Line): Line {
  return [gap, ...line]
}
