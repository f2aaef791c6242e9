import { typeWord } from './changes/answer.ts'
import { rethought } from './changes/rethink.ts'
import type { LedgerEntry } from '../src/domain/ledger-event.ts'
import { type Change, isSameThing } from './changes/change.ts'
import type { AppEvent } from './event.ts'
import { editFilter, rearranged } from './filter.ts'
import type { Key } from './key-name.ts'
import { followNewest } from './follow.ts'
import { bindingFor } from './keymap.ts'
import { listHeight } from './list-height.ts'
import { loads } from './pages/open.ts'
import { pages } from './pages/pages.ts'
import { afterLogNews, followEffects } from './screens/logs/after.ts'
import { settleLog } from './screens/logs/settle-log.ts'
import { isNewsOfCycle } from './screens/decisions/news.ts'
import { placeLost } from './screens/ledger/place.ts'
import { screens } from './screens/screens.ts'
import { answered, hearing, missed } from './screens/ledger/heard.ts'
import { soughtEnd } from './seek-end.ts'
import { settleList } from './settle.ts'
import { type AppState, type Effect, type Now, type Step, step, told } from './state.ts'

/** Changes that can be taken back with `z`. */
const undoMax = 20
/** Long enough to be read twice. */
const messageMs = 8000

/** The whole behaviour of `jrctl top`, pure: a state and an event make the next state and what is to be asked for. */
export function reduce(state: AppState, event: AppEvent): Step {
  const { state: next, effects } = afterEvent(state, event)
  const settled = settleList(followNewest(state, settleLog(state, next)))
  const more = wantMore(asNow(soughtEnd(settled, event)))
  return step(more.state, ...effects, ...more.effects, ...followEffects(state, more.state))
}

/** A question says what would happen now, for as long as it is open; where nothing is left to be asked, it is taken back. */
function asNow(state: AppState): AppState {
  if (state.question === null) return state
  const question = rethought(state, state.question)
  if (question === state.question) return state
  if (typeof question !== 'string') return { ...state, question }
  return told({ ...state, question: null }, `${question} Nothing was changed.`, 'plain')
}

function afterEvent(state: AppState, event: AppEvent): Step {
  switch (event.kind) {
    case 'key':
      return afterKey(state, event.key)
    case 'pasted':
      // Pasted text is text, never commands.
      return state.editing ? editFilter(state, { name: '', text: event.text }) : step(state)
    case 'resized':
      return step({ ...state, size: event.size })
    case 'tick':
      return afterTick(state, event.now)
    case 'status':
      return afterStatus(state, event)
    case 'changed':
      return step(state, { kind: 'refresh' }, ...wanted(state))
    case 'missed': {
      const next = missed(state)
      return step(next, { kind: 'refresh' }, ...wanted(next))
    }
    case 'noted':
      return afterNoted(state, event.entries)
    case 'link':
      return afterLink(state, event.link)
    case 'loaded': {
      const { source, by, answer } = event
      const next = { ...state, loaded: { ...state.loaded, [source]: { by, answer } } }
      return step(source === 'ledger' ? answered(next) : next)
    }
    case 'log':
      return step(afterLogNews(state, event))
    case 'done':
      return afterDone(state, event)
    case 'told':
      // That an answer takes long is no news while the screen says what it waits for.
      return step(state.underWay.length === 0 ? told(state, event.text, 'plain') : state)
    case 'failed':
      return afterFailure(state, event)
    default:
      event satisfies never
      return step(state)
  }
}

function afterStatus(state: AppState, { status: view, now }: AppEvent & { kind: 'status' }): Step {
  const next = { ...state, now, status: { view, at: now } }
  const isNews = isNewsOfCycle(state.status.view.orchestrator, view.orchestrator)
  return state.screen === 'decisions' && isNews ? step(next, ...wanted(next)) : step(next)
}

/** The ledger's own screen grows by them; those of the cycle say that there is something new of it. */
function afterNoted(state: AppState, entries: readonly LedgerEntry[]): Step {
  const next = hearing(state, entries)
  const isOfCycle = entries.some(({ eventType }) => eventType.startsWith('orchestrator.'))
  const asks = next.screen === 'ledger' || (next.screen === 'decisions' && isOfCycle)
  return asks ? step(next, ...wanted(next)) : step(next)
}

function afterTick(state: AppState, now: Now): Step {
  const { message, link } = state
  const read = message !== null && now.monotonicMs - message.atMs > messageMs
  const next = { ...state, now, message: read ? null : message }
  if (link.kind === 'away') return step(next)
  return step(next, { kind: 'refresh', because: 'time' }, ...aging(state.now, next))
}

/** Whose page tells how long ago things were. */
const agingMs = 3000

function aging(before: Now, state: AppState): Effect[] {
  const page = state.pages.at(-1)
  if (!page || pages[page.kind].ages !== true) return []
  const round = ({ monotonicMs }: Now) => Math.floor(monotonicMs / agingMs)
  return round(before) === round(state.now) ? [] : loads(pages[page.kind].wants(state, page.id))
}

function afterKey(state: AppState, key: Key): Step {
  // Whatever goes on, also while a filter is typed.
  if (key.name === 'ctrl+z') return step(state, { kind: 'suspend' })
  if (key.name !== 'ctrl+c') {
    if (state.question?.word !== undefined) return typeWord(state, state.question, key)
    if (state.editing) return editFilter(state, key)
  }
  const binding = bindingFor(state, key.name)
  // A message has been read when the next key is pressed.
  if (binding) return binding.press({ ...state, message: null }, key.name)
  const isHidden = state.help && bindingFor({ ...state, help: false }, key.name) !== undefined
  return step(isHidden ? told(state, 'The help is open; esc closes it.', 'plain') : state)
}

function afterLink(state: AppState, link: AppState['link']): Step {
  const back = state.link.kind === 'away' && link.kind === 'live'
  const next = { ...state, link }
  return back ? step(told(next, 'The daemon is back.', 'good'), ...wanted(next)) : step(next)
}

function afterDone(state: AppState, { outcome }: AppEvent & { kind: 'done' }): Step {
  // What has just been taken back is not offered once more.
  const earlier = state.undo.filter((question) => !question || !isSameThing(question.change, outcome.change))
  const undo = outcome.isUnchanged ? state.undo : [...earlier, outcome.undo].slice(-undoMax)
  const next = told({ ...withoutDone(state, outcome.change), undo }, outcome.sentence, 'good')
  return step(next, { kind: 'refresh', because: 'operator' }, ...wanted(next))
}

/** A change has been answered; what is told of the others stays. */
function withoutDone(state: AppState, done: Change): AppState {
  return { ...state, underWay: state.underWay.filter(({ change }) => change !== done) }
}

/** While the daemon is away, the header says so already. */
function afterFailure(state: AppState, { effect, reason }: AppEvent & { kind: 'failed' }): Step {
  if (state.link.kind === 'away' && effect.kind !== 'change') return step(state)
  const rest = effect.kind === 'change' ? withoutDone(state, effect.change) : state
  const next = placeLost(told(rest, reason, 'bad'), effect)
  // What was refused is mostly what is not so any more: show how it is.
  if (effect.kind !== 'change') return step(next)
  return step(next, { kind: 'refresh', because: 'operator' }, ...wanted(next))
}

/** Asks for more once the last row that there is comes into sight. */
function wantMore(state: AppState): Step {
  const screen = screens[state.screen]
  const limit = screen.more(state, state.seeksEnd)
  if (limit === null) return step(state)
  const { top } = state.lists[state.screen]
  const isAtEnd =
    screen.newest?.(state) === 'last' ? top === 0 : top + listHeight(state) >= screen.ids(state).length
  // Another order is one of all that can be had, not of those that have come so far.
  const isOrdered = state.arrangements[state.screen].order !== 0
  if (!isAtEnd && !isOrdered) return step(state)
  const next = rearranged(state, { limit })
  return step(next, ...loads(screen.wants(next)))
}

function wanted(state: AppState): Effect[] {
  const page = state.pages.at(-1)
  return loads([
    ...(page ? pages[page.kind].wants(state, page.id) : []),
    ...screens[state.screen].wants(state),
  ])
}
