/** The bus of this node. Counts are since the daemon's start. */
export interface BusFigures {
  subscribers: number
  responders: number
  /** Requests that wait for their answers. */
  waiting: number
  /** Those of the daemon included. */
  published: number
  /** To all subscribers together. */
  delivered: number
  /** Dropped, since their readers were too slow. */
  missed: number
  requests: number
  answered: number
  /** Of those, out of the cache or together with an equal one. */
  cached: number
  timeouts: number
}
