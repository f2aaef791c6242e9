/** What is known of a worker's heartbeat (spec §4). All durations in milliseconds. */
export interface HeartbeatEvidence {
  mode: 'auto' | 'required' | 'none'
  /** Since the process was spawned. */
  uptimeMs: number
  /** Since its last beat; null when there is no row. May be older than the process: then it is of an earlier life. */
  ageMs: number | null
  /** How long beats have been observed without a break. A silence across an outage or a stall of ours proves nothing. */
  observedMs: number
  timeoutMs: number
}

/** `unjudged`: its process alone tells whether it lives. */
export type HeartbeatVerdict = 'alive' | 'silent' | 'unjudged'

/** `auto`: only who has beaten since its spawn may fall silent. `required`: so is one that never began. */
export function judgeHeartbeat(evidence: HeartbeatEvidence): HeartbeatVerdict {
  if (evidence.mode === 'none') return 'unjudged'
  const hasBeaten = evidence.ageMs !== null && evidence.ageMs < evidence.uptimeMs
  if (!hasBeaten && evidence.mode === 'auto') return 'unjudged'
  const silentMs = hasBeaten ? (evidence.ageMs ?? 0) : evidence.uptimeMs
  return Math.min(silentMs, evidence.observedMs) > evidence.timeoutMs ? 'silent' : 'alive'
}
