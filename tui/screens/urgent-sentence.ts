import type { UrgentView } from '../../src/contract/outputs.ts'
import { percent } from '../../src/text/format.ts'

/** What came of it, in one sentence. */
export function urgentSentence({ changed, task, position }: UrgentView, undo: boolean): string {
  const now = undo ? 'no longer urgent' : 'urgent'
  if (!changed) return `Task ${task.id} was ${now} already.`
  const place = position
    ? `position ${position.position}, ${percent(position.capacityPct)}`
    : undo || task.status === 'in_progress'
      ? task.status
      : 'it will be claimed next'
  return `Task ${task.id} is ${now}: ${place}. z takes it back.`
}
