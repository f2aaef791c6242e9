/** What alerts are about; a channel takes all of them, or those that it names. */
export const alertTopics = [
  'health',
  'breaker',
  'dead_letter',
  'worker',
  'leader',
  'database',
  'disk',
  'memory',
  'daemon',
] as const
export type AlertTopic = (typeof alertTopics)[number]

/** `raised`: a trouble began. `cleared`: it is over. `told`: something happened that has no end. */
export type AlertChange = 'raised' | 'cleared' | 'told'

export const alertSeverities = ['info', 'warning', 'critical'] as const
export type AlertSeverity = (typeof alertSeverities)[number]

/** A change that somebody may want to be told of. Plain JSON; times are epoch milliseconds. */
export interface Transition {
  /** The same for the same happening, whoever tells it and however often: by it a receiver knows what it was told before. */
  id: string
  /** At least one. A channel that takes any of them is told. */
  topics: AlertTopic[]
  /** One trouble keeps its key from its beginning to its end; what happens again and again has one for all. */
  key: string
  change: AlertChange
  /** An end that is told although nobody was told here that it began: another node told that, and is gone. */
  always?: true
  severity: AlertSeverity
  /** One line, cleaned of control characters, bounded. */
  summary: string
  at: number
}

/** What one channel is told: a transition, or several of one key folded into one. */
export interface Alert extends Transition {
  /** How many it stands for. */
  count: number
}

export const alertLimits = {
  /** Characters of a summary. */
  summary: 400,
  /** Keys that a channel remembers; far more than a node has workers in trouble. */
  keys: 1_000,
  /** Alerts that wait for a receiver that takes none; the oldest go first, and the next one says how many. */
  waiting: 100,
  /** Tries of one alert: with waits that double up to five minutes, about an hour. */
  tries: 20,
  /** Tries of one whose receiver says that it is wrong. */
  triesRefused: 3,
} as const
