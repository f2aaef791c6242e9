import { safe } from '../../src/text/fit.ts'
import { bytes, duration } from '../../src/text/format.ts'
import { healthAge, type Trouble, troublesOf } from '../../src/text/troubles.ts'
import type { OrchestratorLineView } from '../../src/contract/orchestrator.ts'
import type { ClusterView, StatusView } from '../../src/contract/views.ts'
import { headOf } from '../layout.ts'
import { cut, type Line, lineWidth, padded, type Span, whole } from '../line.ts'
import type { AppState } from '../state.ts'
import { heading, headingCells, lateMs } from './heading.ts'
import { queueLine } from './queue-line.ts'

const freshMs = 2000

/** The fleet, its queue, what is wrong; and how old all of it is, always. */
export function headerLines(state: AppState): Line[] {
  const { queue, troubles, gap } = headOf(state.size)
  const wrong = troublesOf(state.status.view, state.status.at.wallMs)
  const lines = [
    fleetLine(state),
    // Where there is one line for both, the queue has it as long as nothing is wrong.
    ...(queue || wrong.length === 0 ? [queueLine(state)] : []),
    ...(queue || wrong.length > 0 ? troubleLines(wrong, troubles, state) : []),
  ]
  const height = 1 + (queue ? 1 : 0) + troubles + (gap ? 1 : 0)
  return [...lines, ...Array.from({ length: height - lines.length }, () => [])]
}

function fleetLine(state: AppState): Line {
  const { columns } = state.size
  const dated = ageOfData(state)
  const room = columns - headingCells - lineWidth([dated]) - 2
  const facts = state.link.kind === 'away' ? awayFacts(state) : fleetFacts(state)
  return [heading('Fleet'), ...padded(whole(facts, ' · ', room, ''), room), '  ', dated]
}

function ageOfData({ now, status, size }: AppState): Span {
  const ageMs = Math.max(0, now.monotonicMs - status.at.monotonicMs)
  // Between two answers the age is a second or none: to tell them apart would draw twice a second for nothing.
  const old = ageMs < freshMs ? `< ${duration(freshMs)} old` : `${duration(ageMs)} old`
  return { text: size.columns < 60 ? old : `data ${old}`, role: ageMs > lateMs ? 'warn' : 'dim' }
}

function awayFacts({ link, now }: AppState): Span[] {
  const waitMs = link.kind === 'away' ? link.retryAtMs - now.monotonicMs : 0
  const next = waitMs >= 1000 ? `trying again in ${duration(waitMs)}` : 'trying again'
  return [{ text: 'daemon away', role: 'bad' }, next, 'below is its last state']
}

/** The most important first: the last are left out where there is no room. */
export function fleetFacts({ status, readOnly, host }: AppState): Span[] {
  const { daemon, workers, version, orchestrator, cluster, database } = status.view
  const running = workers.filter(({ state }) => state === 'running').length
  return [
    { text: safe(daemon.phase), role: daemon.phase === 'running' ? 'good' : 'warn' },
    readOnly ? { text: 'read-only', role: 'accent' } : '',
    workers.length === 0 ? 'no workers' : `${running} of ${workers.length} workers run`,
    host === null ? '' : { text: `on ${safe(host)}`, role: 'accent' },
    healthFact(orchestrator, status.at.wallMs),
    clusterFact(cluster, daemon.nodeId),
    cycleFact(orchestrator),
    `up ${duration(daemon.uptimeMs)}`,
    bytes(daemon.rssBytes),
    `jrctl ${safe(version)}`,
    `node ${safe(daemon.nodeId)}`,
    safe(database.target),
  ]
}

const healthRoles = { healthy: 'good', degraded: 'warn', critical: 'bad' } as const

function healthFact(cycle: OrchestratorLineView | undefined, nowMs: number): Span {
  if (cycle === undefined || cycle.health === null) return ''
  const { score, status } = cycle.health
  return { text: `health ${score}${healthAge(cycle, nowMs)}`, role: healthRoles[status] }
}

/** A single machine needs no word about who leads. */
function clusterFact(cluster: ClusterView | undefined, self: StatusView['daemon']['nodeId']): string {
  const there = cluster?.nodes.filter(({ state }) => state === 'there').length ?? 0
  if (cluster === undefined || cluster.leader === null || cluster.nodes.length < 2) return ''
  const { nodeId } = cluster.leader
  return nodeId === self ? `leads ${there} nodes` : `${there} nodes, led by ${safe(nodeId)}`
}

function cycleFact(cycle: OrchestratorLineView | undefined): Span {
  if (cycle === undefined || cycle.enabled === null) return ''
  if (!cycle.enabled) return { text: 'cycle off', role: 'dim' }
  return cycle.mode === 'observe' ? { text: 'cycle observes', role: 'accent' } : 'cycle on'
}

/** Where the rest is told. */
const restKey = '!'

/** In words, the worst first; the last line counts those that have none. */
function troubleLines(troubles: readonly Trouble[], height: number, { size, link }: AppState): Line[] {
  const { columns } = size
  if (troubles.length === 0 && link.kind === 'away')
    return [[heading('Well'), { text: 'all was well when last seen', role: 'dim' }]]
  if (troubles.length === 0) return [[heading('Well'), { text: 'nothing is wrong', role: 'good' }]]
  return troubles.slice(0, height).map((trouble, index) => {
    const rest = index === height - 1 ? troubles.length - height : 0
    return troubleLine(trouble, index === 0 ? 'Wrong' : '', rest, columns)
  })
}

function troubleLine({ level, text }: Trouble, title: string, rest: number, columns: number): Line {
  const isWhole = headingCells + lineWidth([text]) <= columns
  const tail: Line =
    rest > 0
      ? [`  +${rest} more `, { text: restKey, role: 'key' }]
      : isWhole
        ? []
        : ['  ', { text: restKey, role: 'key' }]
  const room = columns - headingCells - lineWidth(tail)
  return [heading(title, level), ...cut([{ text, role: level }], room), ...tail]
}
