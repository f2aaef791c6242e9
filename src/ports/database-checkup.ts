/** One part of a look: what was seen, or why it could not be (no rights, an old server). */
export type Look<T> = { kind: 'seen'; value: T } | { kind: 'unseen'; why: string }

/** Looks the database over for an operator. Reads only, but for a notification to itself. */
export interface DatabaseCheckup {
  /** @throws OperationalError when the database is out of reach */
  examine(): Promise<DatabaseFacts>
}

/** Ages and spans in milliseconds by the database's clock, unless said otherwise. */
export interface DatabaseFacts {
  server: ServerFacts
  schema: Look<SchemaFacts>
  /** Indexes that do not serve the queries that they were made for, though they are there and valid. */
  misfits: Look<string[]>
  trigger: Look<TriggerFacts>
  counts: Look<CountFacts>
  /** What keeps dead rows from being removed, the oldest first. */
  horizon: Look<HorizonHolder[]>
  tables: Look<TableFacts[]>
  settings: Look<SettingFacts>
  connections: Look<ConnectionFacts>
  listening: Look<ListeningFacts>
  rights: Look<MissingRight[]>
  zone: Look<ZoneFacts>
  sequences: Look<SequenceFacts[]>
}

export interface ServerFacts {
  /** How long a small question took, by our own clock. */
  answerMs: number
  /** 180004 is 18.4. */
  versionNumber: number
  version: string
  /** Why it takes no writes; null: it does. */
  readOnly: 'standby' | 'setting' | null
  /** Its clock minus ours; positive: it is ahead. Exact to half of `answerMs`. */
  aheadMs: number
  /** How we came to it, as it sees us. */
  link: { encrypted: boolean; remote: boolean }
}

export interface SchemaFacts {
  state: 'current' | 'missing' | 'behind' | 'ahead' | 'ahead_workable' | 'foreign'
  /** In plain words. */
  words: string
  /** Indexes that are to be built, and those that a failed build left invalid. */
  indexes: { name: string; invalid: boolean }[]
}

export interface TriggerFacts {
  /** Of those that jrctl needs. */
  missing: string[]
  /** There, but not fired by ordinary sessions. */
  disabled: string[]
  /** Of our own sessions: anything but `origin` fires no ordinary trigger. */
  replicationRole: string
}

export interface CountFacts {
  /** The tasks by status that are told are not those that are there. */
  drifted: boolean
}

export interface HorizonHolder {
  kind: 'session' | 'prepared' | 'slot' | 'standby'
  /** Null for what is no session. */
  pid: number | null
  /** Application, transaction or slot. */
  name: string
  user: string | null
  state: string | null
  /** Of its transaction; null where the server does not tell. */
  ageMs: number | null
  /** Of its current query. */
  queryAgeMs: number | null
  /** How many transactions began since. */
  transactions: number
}

export interface TableFacts {
  name: string
  bytes: number
  liveRows: number
  deadRows: number
  vacuumedAgeMs: number | null
  autovacuum: boolean
  unlogged: boolean
}

export interface SettingFacts {
  fsync: boolean
  fullPageWrites: boolean
  /** on, off, local, remote_write, remote_apply. */
  synchronousCommit: string
  autovacuum: boolean
}

export interface ConnectionFacts {
  used: number
  /** Those that ordinary users can have. */
  max: number
  /** The smallest limit of this role or database; null: none. */
  ownMax: number | null
  ownUsed: number
}

export interface ListeningFacts {
  /** False: a pooler lends sessions by the transaction, and nobody can listen. */
  ownSession: boolean
  /** Until our own notification was heard; null: it was not, or nobody could listen. */
  heardMs: number | null
}

export interface MissingRight {
  object: string
  /** SELECT, INSERT, … */
  rights: string[]
  kind: 'table' | 'sequence'
}

export interface ZoneFacts {
  /** Of our sessions. */
  zone: string
  /** Columns that hold local times without saying whose. */
  zonelessColumns: string[]
  /** Roles with a time zone of their own, `NAME (ZONE)`; `(all)` is everybody here. */
  differing: string[]
}

export interface SequenceFacts {
  name: string
  /** Part of its values that is used up, 0–1. */
  used: number
}
