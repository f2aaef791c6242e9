import type { ClusterView, NodeView } from '../contract/views.ts'
import { fit, safe } from '../text/fit.ts'
import { count, duration, timestamp } from '../text/format.ts'
import type { Output } from './output.ts'

/** More nodes than this are counted. */
const nodesShown = 5
/** Nodes are heard every 10 s: what is older than this is told, well before it is called a silence. */
const lateMs = 15_000
/** The daemon counts no further. */
const countedMax = 10_000

/** Who leads, who else is there, who fell silent, and whether tasks wait for a Jr who is not. One fact a line. */
export function fleetLines(
  { leader, nodes, unassigned, onlineJrs }: ClusterView,
  self: string,
  output: Output,
  nowMs: number,
): string[] {
  const name = (id: string) => (id === self ? `${safe(id)} (this node)` : safe(id))
  const others = nodes.filter(({ nodeId, state }) => state === 'there' && nodeId !== leader?.nodeId)
  const warnings = [
    ...nodes.filter(({ state }) => state === 'silent').map((node) => silence(node, nowMs)),
    ...(unassigned > 0 && onlineJrs === 0 ? [loneliness(unassigned)] : []),
  ]
  const facts = [
    ...(leader === null ? [] : [`led by ${name(leader.nodeId)}`]),
    ...(others.length === 0 ? [] : [listOf(others.map((node) => name(node.nodeId) + lateness(node)))]),
  ]
  const fitted = (text: string) => fit(text, output.columns - headingWidth)
  return [
    ...(leader === null ? [output.style('yellow', 'nobody leads')] : []),
    ...facts.map(fitted),
    ...warnings.map((text) => output.style('yellow', fitted(text))),
  ].map((text, index) => output.style('bold', (index === 0 ? 'Fleet' : '').padEnd(headingWidth)) + text)
}

const headingWidth = 10

function listOf(names: readonly string[]): string {
  const rest = names.length - nodesShown
  return `with ${names.slice(0, nodesShown).join(', ')}${rest > 0 ? ` and ${rest} more` : ''}`
}

function silence({ nodeId, lastSeenAgeMs }: NodeView, nowMs: number): string {
  return `${safe(nodeId)} is silent for ${duration(lastSeenAgeMs)}, since ${timestamp(nowMs - lastSeenAgeMs)}`
}

function lateness({ lastSeenAgeMs }: NodeView): string {
  return lastSeenAgeMs > lateMs ? ` (not seen for ${duration(lastSeenAgeMs)})` : ''
}

function loneliness(unassigned: number): string {
  const tasks = unassigned >= countedMax ? `${countedMax} tasks or more` : count(unassigned, 'task')
  return `${tasks} without a Jr, and no Jr is online`
}
