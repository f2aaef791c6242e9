import { ask } from './changes/change.ts'
import { rethought } from './changes/rethink.ts'
import { scrollHelp } from './components/help.ts'
import { edited, filtered, rearranged } from './filter.ts'
import type { Binding } from './keymap.ts'
import { pageHeight } from './layout.ts'
import { listHeight } from './list-height.ts'
import { moveCursor, toTheEnd } from './list.ts'
import { loads, openPage } from './pages/open.ts'
import { screens } from './screens/screens.ts'
import { seekEnd } from './seek-end.ts'
import { type AppState, type ScreenName, screenNames, type Step, step, told } from './state.ts'

export const listBindings: readonly Binding[] = [
  { keys: ['j', 'k', 'down', 'up'], does: 'down, up', press: (state, key) => moved(state, direction(key)) },
  {
    keys: ['pgdn', 'pgup', 'ctrl+f', 'ctrl+b'],
    does: 'a page down, up',
    press: (state, key) => moved(state, direction(key) * listHeight(state)),
  },
  {
    keys: ['g', 'G', 'home', 'end'],
    does: 'to the first, the last',
    press: toEnd,
  },
  {
    keys: ['/'],
    does: 'filter the rows by words; enter keeps it, esc drops it',
    short: 'filter',
    press: edited,
  },
  { keys: ['s'], does: 'order the rows in the next way', short: 'sort', press: reordered },
  { keys: ['esc'], does: 'drop the filter', press: (state) => filtered(state, '', false) },
]

export const globalBindings: readonly Binding[] = [
  {
    keys: ['?'],
    does: 'this help',
    short: 'help',
    press: (state) => step({ ...state, help: true, helpTop: 0 }),
  },
  {
    keys: ['!'],
    does: 'all that is wrong, in whole sentences',
    press: (state) => openPage(state, 'troubles', ''),
  },
  {
    keys: ['tab', 'shift+tab', 'right', 'left'],
    does: 'next screen, screen before',
    short: 'screens',
    press: (state, key) => turned(state, direction(key)),
  },
  {
    keys: screenNames.map((_, index) => String(index + 1)),
    does: screenNames.map((name) => screens[name].title).join(', '),
    press: (state, key) => shown(state, screenNames[Number(key) - 1] ?? state.screen),
  },
  { keys: ['z'], does: 'undo what was changed here last', press: undoLast },
  {
    keys: ['ctrl+z'],
    does: 'back to the shell for a while; fg returns here',
    press: (state) => step(state, { kind: 'suspend' }),
  },
  {
    keys: ['q', 'ctrl+c'],
    does: 'quit; the fleet goes on',
    short: 'quit',
    press: (state) => step(state, { kind: 'quit' }),
  },
]

export const helpBindings: readonly Binding[] = [
  {
    keys: ['esc', '?', 'q', 'enter'],
    does: 'back',
    short: 'back',
    press: (state) => step({ ...state, help: false }),
  },
  { keys: ['j', 'down'], does: 'scroll down', press: (state) => scrollHelp(state, 1) },
  { keys: ['k', 'up'], does: 'scroll up', press: (state) => scrollHelp(state, -1) },
  {
    keys: ['pgdn', 'ctrl+f', ' '],
    does: 'a page down',
    press: (state) => scrollHelp(state, pageHeight(state.size) - 1),
  },
  {
    keys: ['pgup', 'ctrl+b'],
    does: 'a page up',
    press: (state) => scrollHelp(state, 1 - pageHeight(state.size)),
  },
  { keys: ['ctrl+c'], does: 'quit', press: (state) => step(state, { kind: 'quit' }) },
  ...leavingHelp(),
]

/** Those that show another screen do so from the help as well. */
function leavingHelp(): readonly Binding[] {
  return globalBindings
    .filter(({ keys }) => ['tab', '1', '!'].some((key) => keys.includes(key)))
    .map((binding): Binding => ({
      keys: binding.keys,
      does: binding.does,
      press: (state, key) => binding.press({ ...state, help: false }, key),
    }))
}

const backwards = new Set(['k', 'up', 'pgup', 'ctrl+b', 'g', 'home', 'shift+tab', 'left'])

function direction(key: string): 1 | -1 {
  return backwards.has(key) ? -1 : 1
}

function toEnd(state: AppState, key: string): Step {
  const { state: next } = moved(state, direction(key) * toTheEnd)
  return step(seekEnd(next, direction(key) === 1 ? 'last' : 'first'))
}

function moved(state: AppState, by: number): Step {
  const ids = screens[state.screen].ids(state)
  const list = moveCursor(state.lists[state.screen], ids, by, listHeight(state))
  return step({ ...state, lists: { ...state.lists, [state.screen]: list } })
}

function reordered(state: AppState): Step {
  const { orders } = screens[state.screen]
  const order = (state.arrangements[state.screen].order + 1) % orders.length
  if (orders.length < 2) return step(told(state, 'These rows have one order.', 'plain'))
  return step(rearranged(told(state, `Ordered by: ${orders[order]}.`, 'plain'), { order }))
}

function turned(state: AppState, by: number): Step {
  const next = (screenNames.indexOf(state.screen) + by + screenNames.length) % screenNames.length
  return shown(state, screenNames[next] ?? 'positions')
}

function shown(state: AppState, screen: ScreenName): Step {
  const next = { ...state, screen, pages: [], help: false }
  return step(next, ...loads(screens[screen].wants(next)))
}

function undoLast(state: AppState): Step {
  if (state.underWay.length > 0)
    return step(told(state, 'A change is under way; it can be taken back once it is done.', 'plain'))
  const last = state.undo.at(-1)
  if (last === undefined) return step(told(state, 'Nothing was changed here yet.', 'plain'))
  const question = last === null ? 'What was changed last cannot be taken back.' : rethought(state, last)
  if (typeof question !== 'string') return ask(state, question)
  const left = { ...state, undo: state.undo.slice(0, -1) }
  const next = left.undo.length > 0 ? ' z again goes on to what was changed before.' : ''
  return step(told(left, question + next, 'plain'))
}
