/** LISTEN/NOTIFY channels; those about tasks are written by the trigger alone. */
export const channels = {
  /** Payload: the Jr for whom work became ready; empty: for anyone, or for a Jr whose name is too long to tell. */
  work: 'jr_work',
  /** No payload: some task changed; others may within `changedQuietMs` without a word. */
  changed: 'jr_changed',
  /** Payload: the id of a task whose attempt was ended from outside; empty: too many to name. */
  ended: 'jr_ended',
  /** The leader's lease was given up. */
  leader: 'jr_leader',
} as const

/**
 * Committing a notification takes a lock of the whole server, flush included: told at every change, it would put all
 * completions of a busy queue one behind the other.
 */
export const changedQuietMs = 100
/** Postgres allows 8000 bytes a payload; a name that long is nobody's. */
export const jrNamePayloadBytes = 1_000
/** More tasks than this ended by one statement are told as "look at all". */
export const endedPayloadsMax = 100
