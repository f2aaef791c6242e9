import type { AppEvent } from './event.ts'
import type { Key } from './key-name.ts'
import { bindingFor } from './keymap.ts'
import { settleLists } from './settle.ts'
import { screens } from './screens/screens.ts'
import { editFilter, wantMore } from './screens/tasks/state.ts'
import { undoQuestion } from './screens/urgent.ts'
import { type AppState, type Now, type Step, step, told } from './state.ts'
import { urgentSentence } from './screens/urgent-sentence.ts'

/** Changes that can be taken back with `z`. */
const undoMax = 20
/** Long enough to be read twice. */
const messageMs = 8000

/** The whole behaviour of `jrctl top`, pure: a state and an event make the next state and what is to be asked for. */
export function reduce(state: AppState, event: AppEvent): Step {
  const { state: next, effects } = afterEvent(state, event)
  const more = wantMore(settleLists(next))
  return step(more.state, ...effects, ...more.effects)
}

function afterEvent(state: AppState, event: AppEvent): Step {
  switch (event.kind) {
    case 'key':
      return afterKey(state, event.key)
    case 'pasted':
      // Pasted text is text, never commands.
      return state.tasks.editing ? editFilter(state, { name: '', text: event.text }) : step(state)
    case 'resized':
      return step({ ...state, size: event.size })
    case 'tick':
      return afterTick(state, event.now)
    case 'status':
      return step({ ...state, now: event.now, status: { view: event.status, at: event.now } })
    case 'changed':
      return step(state, { kind: 'refresh' }, ...wanted(state))
    case 'link':
      return afterLink(state, event.link)
    case 'tasks':
      return afterTasks(state, event)
    case 'task':
      return state.detail?.id === event.view.task.id
        ? step({ ...state, detail: { ...state.detail, view: event.view } })
        : step(state)
    case 'urgent_set':
      return afterUrgent(state, event)
    case 'failed':
      return afterFailure(state, event)
    default:
      event satisfies never
      return step(state)
  }
}

function afterTick(state: AppState, now: Now): Step {
  const { message, link } = state
  const read = message !== null && now.monotonicMs - message.atMs > messageMs
  const next = { ...state, now, message: read ? null : message }
  return link.kind === 'live' ? step(next, { kind: 'refresh' }) : step(next)
}

function afterKey(state: AppState, key: Key): Step {
  if (state.tasks.editing && key.name !== 'ctrl+c') return editFilter(state, key)
  const binding = bindingFor(state, key.name)
  // A message has been read when the next key is pressed.
  return binding ? binding.press({ ...state, message: null }, key.name) : step(state)
}

function afterLink(state: AppState, link: AppState['link']): Step {
  const back = state.link.kind === 'away' && link.kind === 'live'
  const next = { ...state, link }
  return back ? step(told(next, 'The daemon is back.', 'good'), ...wanted(next)) : step(next)
}

function afterTasks(state: AppState, { filter, limit, tasks }: AppEvent & { kind: 'tasks' }): Step {
  const { tasks: own } = state
  if (filter !== own.filter || limit !== own.limit) return step(state)
  return step({ ...state, tasks: { ...own, rows: tasks } })
}

function afterUrgent(state: AppState, { answer, undo }: AppEvent & { kind: 'urgent_set' }): Step {
  const takeBack = answer.changed ? [undoQuestion(answer.task.id, undo)] : []
  // What has just been taken back is not offered once more.
  const earlier = state.undo.filter(
    ({ effect }) => !(effect.kind === 'urgent' && effect.id === answer.task.id),
  )
  const remembered = { ...state, undo: [...earlier, ...takeBack].slice(-undoMax) }
  const next = told(remembered, urgentSentence(answer, undo), 'good')
  return step(next, { kind: 'refresh' }, ...wanted(next))
}

/** While the daemon is away, the header says so already. */
function afterFailure(state: AppState, { effect, reason }: AppEvent & { kind: 'failed' }): Step {
  if (state.link.kind === 'away' && effect.kind !== 'urgent') return step(state)
  return step(told(state, reason, 'bad'))
}

function wanted(state: AppState): Step['effects'] {
  const page = state.detail ? [{ kind: 'load_task' as const, id: state.detail.id }] : []
  return [...page, ...screens[state.screen].wants(state)]
}
