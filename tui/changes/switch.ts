import type { OrchestratorSwitchView } from '../../src/contract/orchestrator.ts'
import { duration } from '../../src/text/format.ts'
import type { AppState, Step } from '../state.ts'
import { ask, type ChangeType, type Question, undoIf } from './change.ts'

export interface SwitchChange {
  /** There is one cycle, for all nodes. */
  id: 'cycle'
  enabled: boolean
}

export const switchChange: ChangeType<'switch'> = {
  async do(client, { enabled }, signal) {
    const route = enabled ? 'enableOrchestrator' : 'disableOrchestrator'
    const answer = await client.call(route, {}, signal)
    return { sentence: sentenceOf(answer), ...undoIf(answer.changed, undoQuestion(!enabled)) }
  },
  preview(state, { enabled }) {
    return { text: enabled ? onPreview(state) : offPreview, essence: String(enabled) }
  },
}

/** `o`: asks before it switches the autonomous cycle off, or on. */
export function askSwitch(state: AppState): Step {
  const enabled = state.loaded.cycle?.answer.enabled ?? state.status.view.orchestrator?.enabled ?? null
  if (enabled === null) return ask(state, 'Whether the cycle is on has not been told yet.')
  return ask(state, question(!enabled, enabled ? offPreview : onPreview(state)))
}

function question(enabled: boolean, preview: string): Question {
  const command = `jrctl orchestrator ${enabled ? 'enable' : 'disable'}`
  return { preview, command, change: { kind: 'switch', id: 'cycle', enabled } }
}

const offPreview = 'Switch the cycle off, for all nodes? Supervision, assignment and rescue go on.'

function onPreview({ loaded }: AppState): string {
  const cycle = loaded.cycle?.answer.cycle
  // Mode and interval are of this node's configuration: while another leads, they are not what would happen.
  if (!cycle?.leads) return 'Switch the cycle on, for all nodes?'
  const how = cycle.mode === 'observe' ? 'It observes and changes nothing' : 'It acts by itself'
  return `Switch the cycle on, for all nodes? ${how}, every ${duration(cycle.intervalMs)}; d shows what it would do now.`
}

function undoQuestion(enabled: boolean): Question {
  const preview = `Undo: switch the cycle ${enabled ? 'on' : 'off'} again, for all nodes?`
  return { ...question(enabled, preview), isUndo: true }
}

function sentenceOf({ enabled, changed, intervalMs }: OrchestratorSwitchView): string {
  const word = enabled ? 'on' : 'off'
  if (!changed) return `The cycle was ${word} already.`
  const every = enabled ? ` There is a pass every ${duration(intervalMs)}.` : ''
  return `The cycle is ${word} now, for all nodes.${every} z takes it back.`
}
