import type { LedgerEntry, LedgerEventType } from '../ledger-event.ts'
import { sanitize } from '../sanitize.ts'
import { alertLimits, type AlertSeverity, type AlertTopic, type Transition } from './alert.ts'

/** A transition, and who of several nodes tells it: all of them read the queue's events, each its own others. */
export interface Told {
  transition: Transition
  by: 'node' | 'leader'
}

/** What a node must know of its past to see a transition. */
export interface TransitionMemory {
  /** Of its own latest reign; null: there was none. */
  lastTerm: number | null
  /** It leads in another's place, and has not judged the fleet's health since. */
  tookOver: boolean
}

export const noMemory: TransitionMemory = { lastTerm: null, tookOver: false }

/** Of which another leader tells from now on, whatever this node told of it. */
export const leadersKey = 'health'

type Reader = (entry: LedgerEntry, nodeId: string, memory: TransitionMemory) => Told | null

/** Entry → transition. Types that are not here tell nothing that anybody is woken for. */
const readers: Partial<Record<LedgerEventType, Reader>> = {
  // `error`: it opened. `warn`: its probe failed, so it is what it was.
  'breaker.opened': (entry, node) =>
    entry.level === 'error' ? own(entry, node, 'raised', severityOfBreaker(entry), breaker(entry)) : null,
  'breaker.closed': (entry, node) => own(entry, node, 'cleared', 'info', breaker(entry)),
  'worker.disabled': disabled,
  'worker.enabled': (entry, node) => own(entry, node, 'cleared', 'info', shed(entry)),
  'worker.missing': (entry, node) => own(entry, node, 'raised', 'warning', missing(entry)),
  'worker.running': (entry, node) => own(entry, node, 'cleared', 'info', missing(entry)),
  'dlq.added': deadRun,
  'task.status_changed': deadTask,
  'cluster.leader_gained': newLeader,
  'database.lost': (entry, node) =>
    own(entry, node, 'raised', 'critical', about(databaseKey(node), 'database')),
  'database.restored': (entry, node) =>
    own(entry, node, 'cleared', 'info', about(databaseKey(node), 'database')),
  'system.memory.critical': (entry, node) => own(entry, node, 'raised', 'critical', memoryOf(entry, node)),
  'system.memory.recovered': (entry, node) => own(entry, node, 'cleared', 'info', memoryOf(entry, node)),
  'system.health.critical': (entry, node) =>
    own(entry, node, 'raised', 'critical', about(leadersKey, 'health')),
  'system.health.degraded': noLongerCritical,
  'system.health.healthy': noLongerCritical,
}

/** What an entry of a node's ledger means to those who want to be told; null: nothing. Pure and total. */
export function transitionOf(entry: LedgerEntry, nodeId: string, memory: TransitionMemory): Told | null {
  return readers[entry.eventType]?.(entry, nodeId, memory) ?? null
}

/** What is to be remembered once an entry was read. */
export function remembered(entry: LedgerEntry, memory: TransitionMemory): TransitionMemory {
  if (entry.eventType.startsWith('system.health.')) return { ...memory, tookOver: false }
  if (entry.eventType !== 'cluster.leader_gained') return memory
  const term = numberIn(entry, 'term')
  return { lastTerm: term ?? memory.lastTerm, tookOver: isChange(term, memory) }
}

/** Each node has a way to the database of its own, and none clears another's trouble. */
export function databaseKey(node: string): string {
  return `database:${node}`
}

/** Prefixes of keys that a daemon's end clears: whatever of them is still so will be found, and told, again. */
export const passingKeys: readonly string[] = ['database', 'disk:', 'memory:', 'shed:']

interface About {
  topics: AlertTopic[]
  key: string
}

function about(key: string, ...topics: AlertTopic[]): About {
  return { key, topics }
}

/** Whose breaker opens is dead until it closes, and lies among the dead letters: one alert for those who want any of these. */
function breaker({ worker }: LedgerEntry): About {
  return worker === undefined
    ? about('breaker', 'breaker')
    : about(`breaker:${worker}`, 'breaker', 'worker', 'dead_letter')
}

function severityOfBreaker({ worker }: LedgerEntry): AlertSeverity {
  return worker === undefined ? 'critical' : 'warning'
}

function shed({ worker }: LedgerEntry): About {
  return about(`shed:${worker}`, 'worker', 'memory')
}

function missing({ worker }: LedgerEntry): About {
  return about(`missing:${worker}`, 'worker')
}

function memoryOf(entry: LedgerEntry, node: string): About {
  const pressure = entry.data?.['pressure'] === 'fleet' ? 'fleet' : 'heap'
  return about(`memory:${pressure}:${node}`, 'memory')
}

/** By the memory rules; what a breaker disables is told with the breaker, but for a scheduled worker's, which has no entry. */
function disabled(entry: LedgerEntry, node: string): Told | null {
  const to = entry.data?.['to']
  if (to === 'disabled_by_memory') return own(entry, node, 'raised', 'warning', shed(entry))
  if (entry.level !== 'error') return null
  return own(entry, node, 'told', 'warning', about(`disabled:${entry.worker}`, 'breaker', 'worker'))
}

/** `r7`: a run's. A worker's (`w7`) comes with its breaker. */
function deadRun(entry: LedgerEntry, node: string): Told | null {
  const id = entry.data?.['id']
  if (typeof id !== 'string' || !id.startsWith('r')) return null
  return own(entry, node, 'told', 'warning', about('dead_letter', 'dead_letter'))
}

function deadTask(entry: LedgerEntry): Told | null {
  if (entry.data?.['to'] !== 'failed') return null
  const { changes } = entry.data
  const error =
    typeof changes === 'object' && changes !== null && 'error' in changes ? changes['error'] : null
  const of = entry.worker === undefined ? '' : ` of ${entry.worker}`
  const why = typeof error === 'string' && error !== '' ? `: ${error}` : ''
  const summary = `task ${entry.taskId}${of} is dead${why}`
  const transition = {
    // The queue's own name for the event: the same on every node.
    id: entry.dedupeKey ?? `task:${entry.taskId}:${entry.id}`,
    ...about('dead_letter', 'dead_letter'),
    change: 'told',
    severity: 'warning',
    summary: line(summary),
    at: entry.createdAt,
  } as const
  return { transition, by: 'leader' }
}

function newLeader(entry: LedgerEntry, node: string, memory: TransitionMemory): Told | null {
  if (!isChange(numberIn(entry, 'term'), memory)) return null
  return own(entry, node, 'told', 'info', about('leader', 'leader'))
}

/** A term that follows this node's own is no change: it led before, nobody did in between. */
function isChange(term: number | null, { lastTerm }: TransitionMemory): boolean {
  return term !== null && term > 1 && term - 1 !== lastTerm
}

/** Written by the leader alone. What the one before it raised, and could not clear any more, a new one clears. */
function noLongerCritical(entry: LedgerEntry, node: string, { tookOver }: TransitionMemory): Told {
  const told = own(entry, node, 'cleared', 'info', about(leadersKey, 'health'))
  return tookOver ? { ...told, transition: { ...told.transition, always: true } } : told
}

function own(
  entry: LedgerEntry,
  node: string,
  change: Transition['change'],
  severity: AlertSeverity,
  { key, topics }: About,
): Told {
  const id = `${node}:${entry.id}`
  const summary = line(entry.message)
  return { transition: { id, topics, key, change, severity, summary, at: entry.createdAt }, by: 'node' }
}

/** A summary is one line, whatever the text it is made of. */
export function line(text: string): string {
  return sanitize(text.replaceAll(/\s+/g, ' ').trim(), { lengthMax: alertLimits.summary })
}

function numberIn(entry: LedgerEntry, name: string): number | null {
  const value = entry.data?.[name]
  return typeof value === 'number' ? value : null
}
