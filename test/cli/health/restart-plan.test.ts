import { describe, expect, it } from 'vitest'
import { planRestarts, type RestartQuestion } from '../../../src/cli/health/restart-plan.ts'
import type { WorkerFacts } from '../../../src/cli/health/facts.ts'
import type { ServiceUnit } from '../../../src/ports/service-units.ts'

const nowMs = 1_000_000_000
const minute = 60_000
const up = { up: true, phase: 'running', pid: 1, uptimeMs: 1 } as const
const down = { up: false, problem: 'No daemon answers', pid: null } as const
const unit = (state: string, name = 'jr-queue-worker@a.service'): ServiceUnit => ({
  name,
  scope: 'system',
  state,
})
const silent = [{ name: 'a', lastSeenAgeMs: 6 * minute }]
const worker = (more: Partial<WorkerFacts> = {}): WorkerFacts => ({
  name: 'a',
  state: 'running',
  reason: '',
  startedAt: nowMs - 60 * minute,
  heartbeatAgeMs: null,
  ...more,
})

/** What is done, in short. */
function plan(more: Partial<RestartQuestion>): string[] {
  const question: RestartQuestion = {
    facts: { daemon: up, workers: [] },
    silent: [],
    configured: [],
    daemonUnit: null,
    unitOf: () => null,
    nowMs,
    ...more,
  }
  return planRestarts(question).map((step) =>
    step.kind === 'report'
      ? `left: ${step.restart.text}`
      : step.kind === 'ask_daemon'
        ? `daemon restarts ${step.name}: ${step.why}`
        : `systemd restarts ${step.unit.name}: ${step.why}`,
  )
}

describe('who is restarted, and by whom', () => {
  it.each<[string, Partial<RestartQuestion>, string[]]>([
    ['all is well', { facts: { daemon: up, workers: [worker()] }, configured: ['a'] }, []],
    [
      'a worker of the daemon that beat in this life and fell silent',
      { facts: { daemon: up, workers: [worker()] }, silent },
      ['daemon restarts a: it fell silent'],
    ],
    [
      'one whose row is of an earlier life',
      { facts: { daemon: up, workers: [worker({ startedAt: nowMs - minute })] }, silent },
      [],
    ],
    [
      'one that the supervisor has heard of since',
      { facts: { daemon: up, workers: [worker({ heartbeatAgeMs: 1000 })] }, silent },
      [],
    ],
    ...(
      [
        'backoff',
        'paused',
        'disabled_by_failure',
        'disabled_by_memory',
        'stopped',
        'starting',
        'stopping',
      ] as const
    ).map((state): [string, Partial<RestartQuestion>, string[]] => [
      `one that is ${state}: the supervisor is at it, or it was stopped on purpose`,
      { facts: { daemon: up, workers: [worker({ state })] }, silent },
      [],
    ]),
    ['a Jr that another machine runs', { silent }, ['left: a is silent and not run on this node']],
    [
      'a unit that failed',
      { silent, unitOf: () => unit('failed') },
      ['systemd restarts jr-queue-worker@a.service: it failed'],
    ],
    [
      'a unit that hangs',
      { silent, unitOf: () => unit('active') },
      ['systemd restarts jr-queue-worker@a.service: it fell silent'],
    ],
    ['a unit that systemd is starting', { silent, unitOf: () => unit('activating') }, []],
    [
      'a unit that was stopped, or is of another machine',
      { silent, unitOf: () => unit('inactive') },
      ['left: a is silent; if it belongs here, start it: systemctl start jr-queue-worker@a.service'],
    ],
    [
      'a worker of a daemon that is down, for which the template would have a unit',
      { facts: { daemon: down, workers: [] }, silent, spawned: ['a'], unitOf: () => unit('inactive') },
      ['left: start the daemon: jrctl daemon'],
    ],
    [
      'a worker that systemd runs, whatever the daemon says of it',
      {
        facts: { daemon: up, workers: [worker({ unit: 'jr-queue-worker@a.service' })] },
        silent,
        unitOf: () => unit('active'),
      },
      ['systemd restarts jr-queue-worker@a.service: it fell silent'],
    ],
    [
      'the daemon down, where something else is to be done than to start one',
      { facts: { daemon: down, workers: [] }, start: 'let the record be heeded first' },
      ['left: let the record be heeded first'],
    ],
    [
      'a daemon that is not ours to ask, and its workers',
      {
        facts: { daemon: { ...down, isDenied: true }, workers: [] },
        configured: ['a'],
        daemonUnit: unit('active', 'jr-orchestrator.service'),
        unitOf: () => unit('failed'),
      },
      [],
    ],
    [
      'the daemon down, without a unit',
      { facts: { daemon: down, workers: [] }, configured: ['a'] },
      ['left: start the daemon: jrctl daemon'],
    ],
    [
      'the daemon down, its unit failed, a worker of its own unit failed too',
      {
        facts: { daemon: down, workers: [] },
        configured: ['a', 'b'],
        daemonUnit: unit('failed', 'jr-orchestrator.service'),
        unitOf: (name) => (name === 'a' ? unit('failed') : unit('inactive')),
      },
      [
        'systemd restarts jr-orchestrator.service: it failed',
        'systemd restarts jr-queue-worker@a.service: it failed',
      ],
    ],
    [
      'the daemon stopped on purpose',
      { facts: { daemon: down, workers: [] }, daemonUnit: unit('inactive', 'jr-orchestrator.service') },
      ['left: jr-orchestrator.service was stopped; start it: systemctl start jr-orchestrator.service'],
    ],
    [
      'the daemon being started',
      { facts: { daemon: down, workers: [] }, daemonUnit: unit('activating', 'jr-orchestrator.service') },
      ['left: systemd is starting jr-orchestrator.service'],
    ],
    [
      "another configuration's daemon",
      { facts: { daemon: down, workers: [] }, daemonUnit: unit('active', 'jr-orchestrator.service') },
      [
        'left: jr-orchestrator.service is active, but does not answer here: does it use another configuration?',
      ],
    ],
    [
      'a daemon that hangs is left alone',
      { facts: { daemon: { ...down, pid: 7 }, workers: [] } },
      ['left: pid 7 is left alone; if it stays so: look at it with jrctl logs, or end it: kill 7'],
    ],
    ['nobody knows of a daemon', { facts: { daemon: null, workers: [] } }, []],
  ])('%s', (_, question, expected) => {
    expect(plan(question)).toEqual(expected)
  })

  it('quotes a unit whose name a shell would read', () => {
    const odd = unit('inactive', 'jr-queue-worker@Research\\x20Jr..service')
    expect(plan({ silent, unitOf: () => ({ ...odd, scope: 'user' }) })).toEqual([
      "left: a is silent; if it belongs here, start it: systemctl --user start 'jr-queue-worker@Research\\x20Jr..service'",
    ])
  })
})
