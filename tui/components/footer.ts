import { safe } from '../../src/text/fit.ts'
import { duration } from '../../src/text/format.ts'
import { wrap } from '../../src/text/wrap.ts'
import type { Question } from '../changes/change.ts'
import { type Binding, toldBindings } from '../keymap.ts'
import { cut, type Line, lineWidth, type Role } from '../line.ts'
import { screens } from '../screens/screens.ts'
import type { AppState, Message, Size, UnderWay } from '../state.ts'

const messageRoles: Record<Message['kind'], Role | null> = { good: 'good', bad: 'bad', plain: null }

/** A line about what is going on, and one with the keys that work now; a question takes as many as it needs. */
export function footerLines(state: AppState): Line[] {
  return [
    ...aboveKeys(state),
    state.editing ? filterLine(state) : keysLine(toldBindings(state), state.size.columns),
  ]
}

function aboveKeys(state: AppState): Line[] {
  const { question, message, underWay, size } = state
  const doing = underWay.at(-1)
  if (question) return questionLines(question, state)
  if (message) return messageLines(message, size)
  if (doing) return messageLines({ text: doingText(doing, state), kind: 'plain' }, size)
  return [cut(noteLine(state), size.columns)]
}

/** What went wrong ends with what to do about it: it is cut only where there is no room for it. */
function messageLines({ text, kind }: Message, { columns, rows }: Size): Line[] {
  const role = messageRoles[kind]
  const lines = wrap(safe(text), columns)
  const shown = lines.length === 1 || rows < roomyRows ? [safe(text)] : lines.slice(0, messageRowsMax)
  return shown.map((line): Line => cut([role ? { text: line, role } : line], columns))
}

/** Below, the page has no row to give. */
const roomyRows = 16
const messageRowsMax = 3

/** Below, nobody asks how long it has been. */
const shownFromMs = 2000

function doingText({ text, sinceMs }: UnderWay, { now }: AppState): string {
  const forMs = now.monotonicMs - sinceMs
  return forMs < shownFromMs ? text : `${text} (${duration(forMs)})`
}

/** What is asked is never cut: who says yes has read all of it. What does the same gives way where the terminal is that small. */
function questionLines({ preview, command, turned }: Question, { size, host }: AppState): Line[] {
  const { columns, rows } = size
  const news = turned === undefined ? [] : wrap(turned.isHeld ? heldWords : turnedWords, columns)
  const asked = [
    ...news.map((text): Line => [{ text, role: 'accent' }]),
    ...wrap(safe(preview), columns).map((text): Line => [{ text, role: 'warn' }]),
  ]
  const there = host === null ? command : command.replace(/^jrctl /, `jrctl --host ${host} `)
  const same = wrap(`Same as: ${safe(there)}`, columns).map((text): Line => [{ text, role: 'dim' }])
  const room = rows - keysRows
  return asked.length + same.length <= room ? [...asked, ...same] : asked.slice(0, room)
}

const turnedWords = 'It has changed meanwhile. As it is now:'
const heldWords = 'It changed just before your yes, which does not count. As it is now:'

const keysRows = 1

function noteLine(state: AppState): Line {
  const { link } = state
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

/** Told before any other: the one tells of all the others, the other is what one looks for when one is lost. */
const keptKeys = ['?', 'q']
/** Below, the way out is in the help alone. */
const bothFromColumns = 60
const gap = '  '

/** As many as have room whole, in their order. */
function keysLine(bindings: readonly Binding[], columns: number): Line {
  const hints = bindings.flatMap(hintOf)
  const kept = new Set(keptKeys.slice(0, columns < bothFromColumns ? 1 : keptKeys.length))
  const cellsOf = ({ line }: Hint) => gap.length + lineWidth(line)
  const isKept = ({ key }: Hint) => kept.has(key)
  let room = hints.filter(isKept).reduce((left, hint) => left - cellsOf(hint), columns + gap.length)
  const told = hints.filter((hint) => {
    if (isKept(hint)) return true
    const fits = cellsOf(hint) <= room
    room = fits ? room - cellsOf(hint) : 0
    return fits
  })
  return told.flatMap(({ line }, index) => (index === 0 ? line : spaced(line)))
}

interface Hint {
  key: string
  line: Line
}

function hintOf({ keys: [key = ''], short }: Binding): Hint[] {
  return short === undefined ? [] : [{ key, line: [{ text: key, role: 'key' }, ` ${short}`] }]
}

function spaced(line: Line): Line {
  return [gap, ...line]
}
