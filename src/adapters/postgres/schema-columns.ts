/** The kinds of column types that our SQL can live with; the first of a family is what a new column becomes. */
export const typeFamilies = {
  integer: ['bigint', 'integer', 'smallint'],
  text: ['text', 'character varying', 'character'],
  timestamp: ['timestamp with time zone', 'timestamp without time zone'],
  boolean: ['boolean'],
  number: ['double precision', 'real', 'numeric', 'bigint', 'integer', 'smallint'],
  json: ['jsonb'],
  textArray: ['text[]', 'character varying[]'],
} as const satisfies Record<string, readonly string[]>

export type TypeFamily = keyof typeof typeFamilies

export interface ColumnSpec {
  name: string
  family: TypeFamily
  /** The type of the column where we create it. */
  type: string
  default?: string
  /** We write NULL into it. */
  isEmptied?: boolean
  /** A text column with a limit loses it: what we write there is as long as it is. */
  unlimited?: boolean
  /** A text column must hold at least this many characters. */
  minLength?: number
}

/** What jrctl needs of the tables that it shares with other programs. More columns are welcome. */
export const sharedTables = {
  jr_work_queue: [
    { name: 'title', family: 'text', type: 'text' },
    { name: 'description', family: 'text', type: 'text' },
    { name: 'source', family: 'text', type: 'text' },
    { name: 'created_by', family: 'text', type: 'text' },
    { name: 'assigned_jr', family: 'text', type: 'text', isEmptied: true },
    { name: 'status', family: 'text', type: 'text', default: `'pending'`, minLength: 11 },
    { name: 'priority', family: 'integer', type: 'integer', default: '5' },
    { name: 'sacred_fire_priority', family: 'integer', type: 'integer', default: '0' },
    { name: 'progress_percent', family: 'integer', type: 'integer', default: '0' },
    { name: 'progress_note', family: 'text', type: 'text', isEmptied: true, unlimited: true },
    { name: 'created_at', family: 'timestamp', type: 'timestamptz', default: 'now()' },
    { name: 'started_at', family: 'timestamp', type: 'timestamptz', isEmptied: true },
    { name: 'completed_at', family: 'timestamp', type: 'timestamptz', isEmptied: true },
    { name: 'result', family: 'json', type: 'jsonb', isEmptied: true },
    { name: 'error', family: 'text', type: 'text', isEmptied: true, unlimited: true },
    { name: 'attempts', family: 'integer', type: 'integer', default: '0' },
    { name: 'max_attempts', family: 'integer', type: 'integer', default: '4' },
    { name: 'scheduled_at', family: 'timestamp', type: 'timestamptz', isEmptied: true },
    { name: 'urgent_at', family: 'timestamp', type: 'timestamptz', isEmptied: true },
    { name: 'urgent_by', family: 'text', type: 'text', isEmptied: true, unlimited: true },
    { name: 'channel', family: 'text', type: 'text' },
    { name: 'score', family: 'number', type: 'double precision' },
    { name: 'campaign_id', family: 'integer', type: 'bigint' },
    { name: 'tags', family: 'textArray', type: 'text[]', default: `'{}'` },
  ],
  jr_status: [
    { name: 'jr_name', family: 'text', type: 'text' },
    { name: 'status', family: 'text', type: 'text', minLength: 7 },
    { name: 'is_online', family: 'boolean', type: 'boolean', default: 'false' },
    { name: 'last_seen', family: 'timestamp', type: 'timestamptz', default: 'now()' },
    { name: 'current_load', family: 'number', type: 'integer', default: '0' },
  ],
  jr_campaigns: [
    { name: 'name', family: 'text', type: 'text' },
    { name: 'status', family: 'text', type: 'text', default: `'active'`, minLength: 9 },
    { name: 'budget', family: 'number', type: 'double precision', default: '0' },
    { name: 'starts_at', family: 'timestamp', type: 'timestamptz', isEmptied: true },
    { name: 'ends_at', family: 'timestamp', type: 'timestamptz', isEmptied: true },
  ],
} as const satisfies Record<string, readonly ColumnSpec[]>

export type SharedTable = keyof typeof sharedTables
export const sharedTableNames = [
  'jr_work_queue',
  'jr_status',
  'jr_campaigns',
] as const satisfies SharedTable[]

/** The columns that must exist in a legacy table, or it is not the queue but a stranger with its name. */
export const requiredColumns: Record<SharedTable, readonly string[]> = {
  jr_work_queue: ['id', 'title', 'status'],
  jr_status: ['jr_name'],
  jr_campaigns: ['id', 'name'],
}
