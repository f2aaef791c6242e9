import { jrName, parseTaskId } from '../../domain/ids.ts'
import type { Notice } from '../../ports/notifier.ts'
import { channels } from './channels.ts'

/** What a notification means; null: not one of ours. */
export function noticeOf(channel: string, payload: string): Notice | null {
  if (channel === channels.work) return { kind: 'work', jrName: payload === '' ? null : jrName(payload) }
  if (channel === channels.changed) return { kind: 'changed' }
  if (channel === channels.leader) return { kind: 'leader' }
  if (channel !== channels.ended) return null
  const id = parseTaskId(payload)
  // Too many ended at once to be named: whoever holds something should look for itself, as after a lost connection.
  return id === undefined ? { kind: 'connected' } : { kind: 'ended', taskId: id }
}
