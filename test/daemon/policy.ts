import type { Policy } from '../../src/config/policy.ts'
import { policy as supervisorPolicy, worker } from '../supervisor/setup.ts'

/** The defaults, with one worker. */
export function policyOf(): Policy {
  return {
    stateDir: '/state',
    queue: {
      url: null,
      listenUrl: null,
      passwordFile: null,
      embedded: false,
      pollIntervalMs: 30_000,
      leaseMs: 60_000,
      renewIntervalMs: 15_000,
      retry: { initialMs: 5_000, maxMs: 300_000, jitter: 0 },
      stuckAfterMs: 1_800_000,
      offlineAfterMs: 300_000,
      connectTimeoutMs: 2_000,
      statementTimeoutMs: 5_000,
      lockTimeoutMs: 2_000,
      poolSize: 5,
      claimBatch: 100,
      settleBatch: 500,
    },
    retention: {
      finishedTasksMs: null,
      deadLettersMs: null,
      eventsMs: 2_592_000_000,
      ledgerMs: 7_776_000_000,
      ledgerEntries: 2_000_000,
    },
    capacity: { mode: 'lend', unit: 'request', baseRate: 100, burstMinutes: 2, depth: 7, inFlight: 64 },
    gateway: {
      enabled: true,
      listen: { host: '127.0.0.1', port: 0 },
      untracked: 'refuse',
      maxWaitMs: 300_000,
      maxWaiting: 1_000,
      abandoned: 'cancel',
      maxBodyBytes: 33_554_432,
      requestTimeoutMs: 60_000,
      upstreams: [],
    },
    supervisor: supervisorPolicy,
    shutdown: { workers: 'stop', finishGraceMs: 30_000 },
    memory: {
      intervalMs: 60_000,
      budgetBytes: null,
      warnPercent: 80,
      criticalPercent: 90,
      recoverPercent: 75,
      heapSnapshot: false,
    },
    nightly: { at: '23:00', timezone: 'Europe/Zurich', adaptivePriorities: 'propose' },
    logs: {
      dir: '/logs',
      level: 'info',
      rotateSizeBytes: 104_857_600,
      rotateAgeMs: 604_800_000,
      keep: 5,
      compress: true,
    },
    api: { socket: '/state/jrctl.sock' },
    windows: [],
    workers: [worker()],
  }
}
