/** LISTEN/NOTIFY channels; those about tasks are written by the trigger alone. */
export const channels = {
  /** Payload: the Jr for whom work became ready; empty: for anyone, or for a Jr whose name is too long to tell. */
  work: 'jr_work',
  /** No payload: some task changed. */
  changed: 'jr_changed',
  /** Payload: the id of a task whose attempt was ended from outside; empty: too many to name. */
  ended: 'jr_ended',
  /** The leader's lease was given up. */
  leader: 'jr_leader',
} as const

/** Postgres allows 8000 bytes a payload; a name that long is nobody's. */
export const jrNamePayloadBytes = 1_000
/** More tasks than this ended by one statement are told as "look at all". */
export const endedPayloadsMax = 100
