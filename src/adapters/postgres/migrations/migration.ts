import type { SharedTable } from '../schema-columns.ts'
import type { TableShape } from '../table-shape.ts'

/** What stood when the migration was planned. */
export type ShapesBefore = Record<SharedTable, TableShape | null>

/** One step of the schema. Never edited once released: a change is a new migration. */
export interface Migration {
  version: number
  name: string
  /** Statements that run together in one transaction; safe to run again. */
  statements(before: ShapesBefore): string[]
}

/** An index that is built without locking writers out, hence outside transactions. */
export interface IndexSpec {
  name: string
  sql: string
  /** Not needed when this column has a unique index of any name already. */
  unlessUnique?: { table: SharedTable; column: string }
  /** A unique index that comes with this table of ours, and is built only where somebody took it away. */
  guards?: 'jr_attempts'
}
