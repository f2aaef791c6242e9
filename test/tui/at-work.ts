import type { CapacityView, PositionView, StatusView } from '../../src/contract/views.ts'
import type { GatewayView } from '../../src/domain/gateway-view.ts'
import { instanceId, jrName, nodeId } from '../../src/domain/ids.ts'
import type { ActivityView } from '../../src/domain/metrics/activity.ts'
import { now, position, statusView, worker } from './fixture.ts'

export const titles = [
  'Find out why the nightly import takes three hours',
  'Summarise the incident reports of week 46',
  'Upgrade the build machines to the new kernel',
  'Sort the open issues of the billing service',
  'Write the release notes of 4.2',
  'Check last month’s invoices against the ledger',
  'Draft answers to the survey’s open questions',
  'Translate the handbook’s third chapter',
  'Compare the quotes for new disks',
]
const jrs = ['Software Engineer Jr.', 'Research Jr.', 'Infrastructure Jr.', 'it_triad_jr'].map(jrName)
/** One task each, and one that waits for a task. */
const runningInstances = titles.length + 1

/** The instance that is at the task in this position. */
function instanceAt(place: number): number {
  return (place % jrs.length) + jrs.length * Math.floor((place - 1) / jrs.length)
}

const workers = [
  ...Array.from({ length: runningInstances }, (_, index) =>
    worker(index, 'running', {
      restarts: index === 4 ? 1 : 0,
      heartbeatAgeMs: (index * 7_000) % 23_000,
      cpuPercent: index === 8 ? 0 : 4 + ((index * 5) % 13),
      rssBytes: (58 + ((index * 37) % 90)) * 1024 * 1024,
      p95Ms: 21_000 + index * 13_000,
      score: 96 - index,
    }),
  ),
  worker(runningInstances, 'backoff', {
    reason: 'exit code 1 after 4 s; starts again in 20 s',
    lastExit: 'exit code 1',
    restarts: 3,
    nextStartAt: now.wallMs + 20_000,
    p95Ms: 64_000,
    score: 71,
  }),
]

/** As the capacity core shares it out: halves down to the seventh, the rest equally. */
function shareOf(place: number): number {
  const depth = 7
  return place <= depth ? 100 / 2 ** place : 100 / 2 ** depth / (titles.length - depth)
}

function busy(place: number, more: Partial<PositionView> = {}): PositionView {
  const capacityPct = shareOf(place)
  return position(place, {
    title: titles[place - 1] ?? '',
    worker: jrs[place % jrs.length] ?? null,
    instanceId: instanceId(`instance-${instanceAt(place)}`),
    capacityPct,
    ratePerMinute: 2 * capacityPct,
    tokens: 162,
    burst: 400,
    bucket: 'common',
    lent: 0,
    waiting: 0,
    inFlight: 0,
    waitMs: null,
    ...more,
  })
}

export const capacity: CapacityView = {
  mode: 'lend',
  unit: 'request',
  wholePerMinute: 200,
  ratePerMinute: 200,
  common: { tokens: 162, burst: 400 },
  waiting: 2,
  inFlight: 3,
  untracked: { waiting: 0, inFlight: 0 },
}

const quiet = { dialects: ['openai'], models: ['*'], failures: 0, inputTokens: 91_000, outputTokens: 12_000 }

export const gateway: GatewayView = {
  url: 'http://127.0.0.1:8787',
  waiting: 2,
  inFlight: 3,
  maxInFlight: 12,
  waitedMs: { p50: 40, p95: 1_900, p99: 3_000, avgDurationMs: 200 },
  lastMinute: 187,
  requests: { chat: { '2xx': 5_310, '5xx': 3 } },
  refused: {},
  upstreams: [
    { ...quiet, name: 'vllm', kind: 'http', inFlight: 3, maxInFlight: 8, requests: 5_300, unreachable: null },
    {
      ...quiet,
      name: 'spare',
      kind: 'simulated',
      inFlight: 0,
      maxInFlight: 4,
      requests: 10,
      unreachable: null,
    },
  ],
}

const bucketMs = 15_000

/** Half an hour with a lull in it. */
export const activity: ActivityView = {
  since: now.wallMs - 3_600_000,
  bucketMs,
  openedAt: now.wallMs,
  done: Array.from({ length: 120 }, (_, index) =>
    index > 52 && index < 64 ? 0 : Math.round(2.4 + 2 * Math.sin(index / 9) + (index % 3) / 2),
  ),
  failed: Array.from({ length: 120 }, (_, index) => (index % 41 === 40 ? 1 : 0)),
  waitMs: Array.from({ length: 120 }, (_, index) =>
    index > 52 && index < 64 ? null : Math.round(9_000 + 8_000 * Math.cos(index / 11)),
  ),
}

/** A fleet as one likes to see it: much to do, somebody waits, one worker needs help. */
export function atWork(more: Partial<StatusView> = {}): StatusView {
  const plain = statusView()
  return statusView({
    queue: {
      byStatus: {
        ...plain.queue.byStatus,
        pending: 212,
        in_progress: 9,
        retry: 4,
        failed: 3,
        completed: 1_804,
      },
      oldestReadyMs: 252_000,
    },
    positions: [
      busy(1, { urgent: true, waiting: 1, inFlight: 2, waitMs: 400 }),
      busy(2, { inFlight: 1, lent: 31.5 }),
      busy(3, { waiting: 1, waitMs: 3_100 }),
      ...titles.slice(3).map((_, index) => busy(index + 4)),
    ],
    capacity,
    gateway,
    activity,
    workers,
    orchestrator: {
      enabled: true,
      mode: 'act',
      leads: true,
      health: {
        score: 70,
        status: 'degraded',
        reasons: ['212 tasks wait, more than 50', '3 failures within the last hour'],
      },
      lastPass: null,
      lastDecisions: [],
      problem: null,
    },
    cluster: {
      leader: { nodeId: nodeId('node-a'), term: 7, since: now.wallMs - 86_400_000 },
      nodes: ['node-a', 'node-b'].map((name) => ({
        nodeId: nodeId(name),
        epoch: 3,
        host: name,
        version: '0.1.0',
        startedAt: now.wallMs - 600_000,
        lastSeenAgeMs: 2_000,
        state: 'there',
      })),
      unassigned: 0,
      onlineJrs: 4,
    },
    degraded: [],
    ...more,
  })
}
