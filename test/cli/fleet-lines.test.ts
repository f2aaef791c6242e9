import { describe, expect, it } from 'vitest'
import { fleetLines } from '../../src/cli/fleet-lines.ts'
import type { ClusterView, NodeView } from '../../src/contract/views.ts'
import { nodeId } from '../../src/domain/ids.ts'
import { prepareWidths, widthOf } from '../../src/text/fit.ts'
import { fakeCli } from './fake-cli.ts'

const node = (id: string, more: Partial<NodeView> = {}): NodeView => ({
  nodeId: nodeId(id),
  epoch: 1,
  host: 'host',
  version: '1.0.0',
  startedAt: 0,
  lastSeenAgeMs: 1_000,
  state: 'there',
  ...more,
})

const led: ClusterView = {
  leader: { nodeId: nodeId('a'), term: 3, since: 0 },
  nodes: [node('a')],
  unassigned: 5,
  onlineJrs: 1,
}

const nowMs = new Date(2026, 10, 21, 13, 5, 7).getTime()

const linesOf = (view: Partial<ClusterView>, self = 'a', columns = 80) =>
  fleetLines({ ...led, ...view }, self, fakeCli({ columns }).output, nowMs)

describe('the fleet in `status`', () => {
  it('is one line for one node that leads', () => {
    expect(linesOf({})).toEqual(['Fleet     led by a (this node)'])
  })

  it('names the others, who is silent, and what waits for nobody', () => {
    const nodes = [
      node('a'),
      node('b'),
      node('c', { state: 'silent', lastSeenAgeMs: 125_000 }),
      node('d', { state: 'ended' }),
    ]
    expect(linesOf({ nodes, onlineJrs: 0 }, 'b')).toEqual([
      'Fleet     led by a',
      '          with b (this node)',
      '          c is silent for 2 min, since 2026-11-21 13:03:02',
      '          5 tasks without a Jr, and no Jr is online',
    ])
  })

  it('says of a node that was due how long it was not seen', () => {
    const nodes = [node('a'), node('b', { lastSeenAgeMs: 11_000 }), node('c', { lastSeenAgeMs: 22_000 })]
    expect(linesOf({ nodes })).toContain('          with b, c (not seen for 22 s)')
  })

  it('says when nobody leads', () => {
    expect(linesOf({ leader: null }, 'b')).toEqual(['Fleet     nobody leads', '          with a'])
  })

  it('fits the terminal with many nodes of long and hostile names', async () => {
    const names = Array.from({ length: 30 }, (_, index) => `node-\u001b[31m${'日本'.repeat(20)}-${index}`)
    await prepareWidths(names)
    const nodes = names.map((name, index) => node(name, { state: index % 2 === 0 ? 'silent' : 'there' }))
    const lines = linesOf({ nodes, unassigned: 20_000, onlineJrs: 0 }, names[0], 80)
    expect(Math.max(...lines.map(widthOf))).toBeLessThanOrEqual(80)
    expect(lines.join('')).not.toContain('\u001b')
  })
})
