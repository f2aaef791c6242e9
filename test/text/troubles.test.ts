import { describe, expect, it } from 'vitest'
import type { StatusView } from '../../src/contract/views.ts'
import type { FleetBreakerView } from '../../src/domain/breaker-view.ts'
import { jrName, nodeId } from '../../src/domain/ids.ts'
import { troublesOf } from '../../src/text/troubles.ts'
import { atWork, gateway } from '../tui/at-work.ts'
import { now, statusView, worker } from '../tui/fixture.ts'

const calm: Partial<StatusView> = { workers: [worker(0, 'running')] }

function troubles(more: Partial<StatusView>): string[] {
  return troublesOf(statusView({ ...calm, ...more }), now.wallMs).map(
    ({ level, text }) => `${level}: ${text}`,
  )
}

describe('what is wrong', () => {
  it('is nothing where all is well, also from a daemon that tells little', () => {
    expect(troubles({})).toEqual([])
  })

  it('tells how old the health is that a cycle saw before it was switched off', () => {
    const { orchestrator } = atWork()
    if (orchestrator === undefined) throw new Error('the fixture has no cycle')
    const passed = (at: number) => ({
      ...orchestrator,
      lastPass: {
        number: 1,
        kind: 'idle' as const,
        at,
        durationMs: 9,
        askedBy: null,
        succeeded: 0,
        failed: 0,
      },
    })
    expect(troubles({ orchestrator: passed(now.wallMs - 300_000) })[0]).toMatch(/degraded \(5 min ago\):/)
    expect(troubles({ orchestrator: passed(now.wallMs - 3000) })[0]).toMatch(/degraded:/)
  })

  it('is what waits too long or for nobody, also where no cycle looks', () => {
    const { orchestrator, cluster, queue } = atWork()
    if (orchestrator === undefined || cluster === undefined) throw new Error('the fixture has no cycle')
    const off = { ...orchestrator, enabled: false, health: null }
    const old = { ...queue, oldestReadyMs: 3_600_000 }
    expect(troubles({ orchestrator: off, queue: old })).toEqual([
      expect.stringMatching(/^warn: \d+ tasks wait, more than 50$/),
      'warn: the oldest ready task has waited for 1 h 00 min',
    ])
    const alone = { ...cluster, onlineJrs: 0, unassigned: 0 }
    expect(troubles({ cluster: alone, queue })).toEqual([
      expect.stringMatching(/^warn: \d+ tasks wait, and no Jr is online$/),
    ])
  })

  it('is who was never seen, and yet is waited for', () => {
    const { cluster } = atWork()
    if (cluster === undefined) throw new Error('the fixture has no cluster')
    const unseen = (...jrs: string[]) =>
      troubles({ cluster: { ...cluster, unseen: jrs.map((jr) => ({ jr: jrName(jr), tasks: 2 })) } })
    expect(unseen()).toEqual([])
    expect(unseen('Ghost Jr.')).toEqual(['warn: 2 tasks wait for Ghost Jr., a Jr that was never seen'])
    expect(unseen('A', 'B', 'C', 'D')).toEqual([
      'warn: 8 tasks wait for Jrs that were never seen: A, B, C and 1 more',
    ])
  })

  const { database } = statusView()
  const breaker: FleetBreakerView = {
    state: 'open',
    reason: '50 restarts within 1 h',
    count: 50,
    limit: 50,
    windowMs: 3_600_000,
    probeAt: null,
    workers: [],
  }
  const [upstream] = gateway.upstreams
  const line = atWork().orchestrator

  it.each<[string, Partial<StatusView>, string[]]>([
    [
      'a database that is down',
      { database: { ...database, state: 'down', lastError: 'connection refused' }, queueAgeMs: 42_000 },
      ['bad: the database is down: connection refused; the counts are 42 s old'],
    ],
    [
      'one that tells of no changes',
      { database: { ...database, listening: false } },
      ['warn: the database tells of no changes (LISTEN); the queue is polled'],
    ],
    [
      'the breaker of all',
      { breaker },
      ["bad: the fleet's breaker is open, nobody is restarted: 50 restarts within 1 h"],
    ],
    ['a closed breaker is none', { breaker: { ...breaker, state: 'closed', reason: '' } }, []],
    [
      'an upstream out of reach',
      {
        gateway: {
          ...gateway,
          upstreams: upstream ? [{ ...upstream, unreachable: 'connection refused' }] : [],
        },
      },
      ['bad: upstream vllm is out of reach: connection refused'],
    ],
    [
      'a gateway that nobody has opened',
      { gateway: { ...gateway, url: null } },
      ['bad: the gateway is not open'],
    ],
    [
      'a cycle that failed, and poor health',
      line
        ? {
            orchestrator: {
              ...line,
              problem: 'the look took too long',
              health: { score: 40, status: 'critical' },
            },
          }
        : {},
      ["bad: the cycle's last pass failed: the look took too long", 'bad: health 40 of 100, critical'],
    ],
    ['health that another node knows better', line ? { orchestrator: { ...line, leads: false } } : {}, []],
    [
      'workers, one sentence a state',
      {
        workers: [
          worker(0, 'backoff', { reason: 'exit code 1' }),
          ...[1, 2, 3, 4, 5].map((index) =>
            worker(index, 'missing', { name: jrName(`jr${index}`), slot: 1 }),
          ),
        ],
      },
      [
        'bad: 5 workers cannot be started: jr1, jr2, jr3 and 2 more',
        'warn: Software Engineer Jr. waits for its restart: exit code 1',
      ],
    ],
    [
      'nodes, and nobody who leads',
      {
        cluster: {
          leader: null,
          nodes: [
            {
              nodeId: nodeId('node-b'),
              epoch: 1,
              host: 'otherhost',
              version: '0.1.0',
              startedAt: 0,
              lastSeenAgeMs: 42_000,
              state: 'silent',
            },
          ],
          unassigned: 1,
          onlineJrs: 0,
        },
      },
      [
        'warn: no node leads the fleet',
        'warn: node node-b on otherhost is silent for 42 s',
        'warn: 1 task without a Jr, and no Jr is online',
      ],
    ],
  ])('%s', (_, more, expected) => {
    expect(troubles(more)).toEqual(expected)
  })

  it('comes with the worst first', () => {
    const told = troubles({
      breaker,
      degraded: ['the disk is nearly full'],
      database: { ...database, listening: false },
    })
    expect(told.map((text) => text.split(':')[0])).toEqual(['bad', 'warn', 'warn'])
  })

  it('is safe for a terminal, whatever a worker says', () => {
    const [text] = troubles({ workers: [worker(0, 'missing', { reason: 'no\u001B[31m\r\nprogram\u202E' })] })
    expect(text).not.toMatch(/\p{Cc}|\u202E/u)
  })
})
