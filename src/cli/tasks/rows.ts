import { messageOf } from '../../errors.ts'
import { parseCsv } from './csv.ts'

/** A row of a file, as it is written, with the line it begins on; or what keeps it from being one. */
export type Row = { line: number; columns: Record<string, unknown> } | { line: number; problem: string }

export type Format = 'jsonl' | 'csv'

/** By the file's name, else by how it begins: a JSON object a line, or a header. */
export function formatOf(file: string, text: string): Format {
  if (/\.(jsonl|ndjson|json)$/i.test(file)) return 'jsonl'
  if (/\.csv$/i.test(file)) return 'csv'
  return text.trimStart().startsWith('{') ? 'jsonl' : 'csv'
}

export function rowsOf(text: string, format: Format): Row[] {
  return format === 'jsonl' ? jsonRows(text) : csvRows(text)
}

function jsonRows(text: string): Row[] {
  return text
    .replace(/^\uFEFF/, '')
    .split('\n')
    .map((written, index) => ({ written, line: index + 1 }))
    .filter(({ written }) => written.trim() !== '')
    .map(({ written, line }) => jsonRow(written, line))
}

function jsonRow(written: string, line: number): Row {
  try {
    const value: unknown = JSON.parse(written)
    if (typeof value !== 'object' || value === null || Array.isArray(value))
      return { line, problem: 'is not a JSON object' }
    return { line, columns: value as Record<string, unknown> }
  } catch (error) {
    return { line, problem: `is not JSON: ${messageOf(error)}` }
  }
}

function csvRows(text: string): Row[] {
  const { records, unclosedQuoteAt } = parseCsv(text)
  const [header, ...body] = records
  const rows = header ? body.map((record) => csvRow(header.fields, record.fields, record.line)) : []
  if (unclosedQuoteAt !== undefined)
    rows.push({ line: unclosedQuoteAt, problem: 'opens a quote that never closes' })
  return rows
}

function csvRow(header: readonly string[], fields: readonly string[], line: number): Row {
  if (fields.length !== header.length) {
    return { line, problem: `has ${fields.length} fields where the header has ${header.length}` }
  }
  const given = header.map((name, index) => [name.trim(), typed(name.trim(), fields[index] ?? '')] as const)
  // An empty field is a column that is not given.
  return { line, columns: Object.fromEntries(given.filter(([, value]) => value !== '')) }
}

const numbers = new Set(['priority', 'sacred_fire_priority', 'score', 'campaign_id', 'max_attempts'])

/** CSV knows only text; the column says what it stands for. What does not fit stays text, for the check to refuse. */
function typed(column: string, text: string): unknown {
  if (column === 'tags')
    return text === ''
      ? ''
      : text
          .replace(/^\{|\}$/g, '')
          .split(/[,;]/)
          .map((tag) => tag.trim())
  if (column === 'urgent' && /^(true|t|yes|1)$/i.test(text)) return true
  if (column === 'urgent' && /^(false|f|no|0)$/i.test(text)) return false
  return numbers.has(column) && text !== '' && Number.isFinite(Number(text)) ? Number(text) : text
}
