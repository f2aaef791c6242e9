import type { Queryable } from './connect.ts'
import type { SharedTable } from './schema-columns.ts'

/** A table as it stands. */
export interface TableShape {
  /** r: a table, p: partitioned, v: a view, … (pg_class.relkind) */
  relkind: string
  columns: Map<string, ColumnShape>
  /** Columns that a unique index of one plain column covers. */
  uniqueColumns: Set<string>
  /** Check constraints on the column `status`. */
  statusChecks: CheckShape[]
}

export interface CheckShape {
  name: string
  /** As pg_get_constraintdef writes it. */
  definition: string
}

export interface ColumnShape {
  /** As format_type names it, without a length. */
  type: string
  /** Of a character type with a limit. */
  maxLength: number | null
  hasDefault: boolean
  notNull: boolean
}

interface Row {
  relkind: string
  name: string
  type: string
  maxlength: number | null
  hasdefault: boolean
  notnull: boolean
  isunique: boolean
}

/** Reads the shape of a table on the search path; null when there is none. */
export async function readTableShape(db: Queryable, table: SharedTable): Promise<TableShape | null> {
  const rows = await db.query<Row>(
    `select c.relkind::text as relkind, a.attname as name, a.attnotnull as notnull,
       format_type(a.atttypid, null) as type,
       case when a.atttypid in ('varchar'::regtype, 'bpchar'::regtype) and a.atttypmod > 4
            then a.atttypmod - 4 end as maxlength,
       (a.atthasdef or a.attidentity <> '') as hasdefault,
       exists (select from pg_index i where i.indrelid = c.oid and i.indisunique and i.indisvalid
               and i.indnkeyatts = 1 and i.indpred is null and i.indkey[0] = a.attnum) as isunique
     from pg_class c join pg_attribute a on a.attrelid = c.oid
     where c.oid = to_regclass($1) and a.attnum > 0 and not a.attisdropped
     order by a.attnum`,
    [table],
  )
  const first = rows[0]
  if (first === undefined) return null
  const statusChecks = await db.query<CheckShape>(
    `select k.conname as name, pg_get_constraintdef(k.oid) as definition
     from pg_constraint k join pg_attribute a on a.attrelid = k.conrelid and a.attnum = any (k.conkey)
     where k.conrelid = to_regclass($1) and k.contype = 'c' and a.attname = 'status' order by k.conname`,
    [table],
  )
  return {
    relkind: first.relkind,
    columns: new Map(rows.map((row) => [row.name, columnShape(row)])),
    uniqueColumns: new Set(rows.filter((row) => row.isunique).map((row) => row.name)),
    statusChecks,
  }
}

function columnShape(row: Row): ColumnShape {
  return { type: row.type, maxLength: row.maxlength, hasDefault: row.hasdefault, notNull: row.notnull }
}
