import { ledgerEventTypes, type LedgerEntry, type LedgerLevel } from '../../../src/domain/ledger-event.ts'
import { parseTaskId, type TaskId } from '../../../src/domain/ids.ts'
import { safe } from '../../../src/text/fit.ts'
import { jrOf, keyedWords } from '../keyed-words.ts'

/** What of a filter the daemon can choose by; the rest is looked for in the entries that have come. */
export interface LedgerQuery {
  level?: LedgerLevel
  /** A type, or the beginning of some, with `*` at its end. */
  type?: string
  taskId?: TaskId
  worker?: string
}

export interface LedgerWish {
  query: LedgerQuery
  /** What is left of the filter. */
  words: string
}

const levels: Readonly<Record<string, LedgerLevel>> = {
  info: 'info',
  warn: 'warn',
  warning: 'warn',
  error: 'error',
  errors: 'error',
}

/**
 * What was typed after `/`: a level, `#42` (a task), `jr:NAME`, `dlq.` or `task.status` (with a dot: a type or the beginning of
 * some), and words. Of two of a kind the last counts, as while one is typed after the other.
 */
export function wishOf(filter: string, jrs: readonly string[]): LedgerWish {
  const { keyed, words } = keyedWords(filter, ['jr'])
  const query: LedgerQuery = {}
  if (keyed.jr !== undefined) query.worker = jrOf(keyed.jr, jrs)
  const left = words.filter((word) => {
    const level = Object.hasOwn(levels, word) ? levels[word] : undefined
    const type = typeOf(word)
    const taskId = word.startsWith('#') ? parseTaskId(word) : undefined
    if (level !== undefined) query.level = level
    if (type !== undefined) query.type = type
    if (taskId !== undefined) query.taskId = taskId
    return level === undefined && type === undefined && taskId === undefined
  })
  return { query, words: left.join(' ') }
}

function typeOf(word: string): string | undefined {
  const prefix = word.replace(/\*$/, '')
  if (!prefix.includes('.')) return undefined
  const types: readonly string[] = ledgerEventTypes
  if (types.includes(word)) return word
  return types.some((type) => type.startsWith(prefix)) ? `${prefix}*` : undefined
}

/** Whether the daemon would choose this entry. */
export function isLike(entry: LedgerEntry, { level, type, taskId, worker }: LedgerQuery): boolean {
  if (level !== undefined && entry.level !== level) return false
  if (taskId !== undefined && entry.taskId !== taskId) return false
  if (worker !== undefined && entry.worker !== worker) return false
  if (type === undefined) return true
  return type.endsWith('*') ? entry.eventType.startsWith(type.slice(0, -1)) : entry.eventType === type
}

/** The filter that leaves what is like this entry. */
export function filterLike({ taskId, worker, eventType }: LedgerEntry): string {
  if (taskId !== undefined) return `#${taskId}`
  return worker === undefined ? eventType : `jr:"${safe(worker)}"`
}
