import type { PositionView } from '../../../src/contract/views.ts'
import { fit, safe, widthOf } from '../../../src/text/fit.ts'
import { duration, number, percent } from '../../../src/text/format.ts'
import { plainText, whole } from '../../line.ts'
import type { AppState } from '../../state.ts'
import { selectedPosition } from './state.ts'

const titleCellsMin = 16

/** Of the task under the cursor what the table has no room for, in words: what it waits for, what it is lent, where it works. */
export function positionNote(state: AppState): string {
  const position = selectedPosition(state)
  if (!position) return ''
  const { columns } = state.size
  const facts = plainText(whole(factsOf(position, state), ' · ', columns - titleCellsMin - 3, ''))
  const room = columns - widthOf(facts) - 3
  return `${fit(`${position.taskId} ${safe(position.title)}`, room)} · ${facts}`
}

function factsOf(position: PositionView, { status }: AppState): string[] {
  const { capacityPct, urgent, attempt, lent = 0, inFlight = 0, bucket, nodeId } = position
  const isElsewhere = bucket === 'elsewhere' && nodeId !== null && nodeId !== status.view.daemon.nodeId
  return [
    percent(capacityPct),
    ...(urgent ? ['urgent'] : []),
    ...waitWords(position),
    ...(inFlight > 0 ? [`${inFlight} in flight`] : []),
    ...(lent > 0 ? [`lent ${number(lent)}/min`] : []),
    ...(attempt > 1 ? [`attempt ${attempt}`] : []),
    ...(isElsewhere ? [`on ${safe(nodeId)}`] : []),
  ]
}

function waitWords({ waiting = 0, waitMs = null }: PositionView): string[] {
  if (waiting === 0) return []
  const next =
    waitMs === null ? '' : waitMs < 1000 ? ', let out at once' : `, let out in about ${duration(waitMs)}`
  return [`${waiting} ${waiting === 1 ? 'waits' : 'wait'} for capacity${next}`]
}
