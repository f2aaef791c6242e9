/**
 * The API as data: what the server mounts and the client calls. No schemas here, so that the client stays free of zod;
 * they are in `inputs.ts`, under the same names. Of a route's flat input, the `:names` go into the path, the rest into the
 * query (GET) or the JSON body (all others).
 */
export const routes = {
  health: { method: 'GET', path: '/healthz', open: true },
  ready: { method: 'GET', path: '/readyz', open: true },
  status: { method: 'GET', path: '/v1/status' },
  listTasks: { method: 'GET', path: '/v1/tasks' },
  getTask: { method: 'GET', path: '/v1/tasks/:id' },
  whyTask: { method: 'GET', path: '/v1/tasks/:id/why' },
  addTasks: { method: 'POST', path: '/v1/tasks', answerWithinMs: 300_000 },
  setTask: { method: 'PATCH', path: '/v1/tasks/:id' },
  cancelTask: { method: 'POST', path: '/v1/tasks/:id/cancel' },
  retryTask: { method: 'POST', path: '/v1/tasks/:id/retry' },
  urgentTask: { method: 'POST', path: '/v1/tasks/:id/urgent' },
  listCampaigns: { method: 'GET', path: '/v1/campaigns' },
  addCampaign: { method: 'POST', path: '/v1/campaigns' },
  setCampaign: { method: 'PATCH', path: '/v1/campaigns/:campaign' },
  listDeadLetters: { method: 'GET', path: '/v1/dead-letters' },
  lookDeadLetters: { method: 'POST', path: '/v1/dead-letters/look' },
  replayDeadLetters: { method: 'POST', path: '/v1/dead-letters/replay' },
  purgeDeadLetters: { method: 'POST', path: '/v1/dead-letters/purge' },
  getDeadLetter: { method: 'GET', path: '/v1/dead-letters/:id' },
  claimAttempts: { method: 'POST', path: '/v1/attempts/claim', answerWithinMs: 45_000 },
  renewAttempt: { method: 'POST', path: '/v1/attempts/renew', workers: 'own' },
  progressAttempt: { method: 'POST', path: '/v1/attempts/progress', workers: 'own' },
  completeAttempt: { method: 'POST', path: '/v1/attempts/complete', workers: 'own' },
  failAttempt: { method: 'POST', path: '/v1/attempts/fail', workers: 'own' },
  releaseAttempt: { method: 'POST', path: '/v1/attempts/release', workers: 'own' },
  acquireCapacity: { method: 'POST', path: '/v1/capacity/acquire', answerWithinMs: 45_000, workers: 'own' },
  settleCapacity: { method: 'POST', path: '/v1/capacity/settle', workers: 'known' },
  orchestratorSnapshot: { method: 'GET', path: '/v1/orchestrator/snapshot' },
  runOrchestrator: { method: 'POST', path: '/v1/orchestrator/run-once', answerWithinMs: 180_000 },
  enableOrchestrator: { method: 'POST', path: '/v1/orchestrator/enable' },
  disableOrchestrator: { method: 'POST', path: '/v1/orchestrator/disable' },
  orchestratorStatus: { method: 'GET', path: '/v1/orchestrator/status' },
  orchestratorDecisions: { method: 'GET', path: '/v1/orchestrator/decisions' },
  metrics: { method: 'GET', path: '/v1/metrics' },
  listWorkers: { method: 'GET', path: '/v1/workers' },
  getWorker: { method: 'GET', path: '/v1/workers/:name' },
  // It answers when a process has ended: within its stop_grace, which may be long where tasks are.
  commandWorker: { method: 'POST', path: '/v1/workers/:name/:action', answerWithinMs: 150_000 },
  readLedger: { method: 'GET', path: '/v1/ledger' },
  verifyLedger: { method: 'GET', path: '/v1/ledger/verify' },
  listTaskRows: { method: 'GET', path: '/v1/ledger/rows' },
  events: { method: 'GET', path: '/v1/events' },
  followLog: { method: 'GET', path: '/v1/logs', guarded: true },
  publishBus: { method: 'POST', path: '/v1/bus/publish', workers: 'own' },
  requestBus: { method: 'POST', path: '/v1/bus/request', answerWithinMs: 65_000, workers: 'own' },
  replyBus: { method: 'POST', path: '/v1/bus/reply', workers: 'own' },
  subscribeBus: { method: 'GET', path: '/v1/bus/subscribe', workers: 'own', changedBy: 'respond' },
  reload: { method: 'POST', path: '/v1/reload' },
  shutdown: { method: 'POST', path: '/v1/shutdown' },
} as const satisfies Record<string, Route>

export interface Route {
  method: 'GET' | 'POST' | 'PATCH'
  path: string
  /**
   * How long its answer may take where that is longer than usual. An import is all or nothing, so who is told that there was
   * no answer would do it again, and have it twice.
   */
  answerWithinMs?: number
  /**
   * Workers may ask for it on their own socket and over TCP, with nothing but an attempt key. `own`: its handler judges the key;
   * `known`: that of any attempt will do.
   */
  workers?: 'own' | 'known'
  /** A field with which reading changes something: who responds to requests takes them from others. */
  changedBy?: string
  /** Reading it needs the token too, wherever it is asked for over TCP: logs hold what workers print, and nobody knows what that is. */
  guarded?: true
  /** Needs no token where reading does, for it tells nothing of the fleet. */
  open?: true
}

export type RouteName = keyof typeof routes

/** Routes that answer with a stream of events. */
export type StreamRoute = 'events' | 'followLog' | 'subscribeBus'
/** Routes that answer once. */
export type PlainRoute = Exclude<RouteName, StreamRoute>

/** Header by which a client says who asks; it proves nothing, and what is recorded says so. */
export const actorHeader = 'x-jrctl-actor'
/** Header of every answer: the version of its shapes. */
export const apiVersionHeader = 'x-jrctl-api-version'

/** What the server takes and gives at most; the client checks the same before it sends. */
export const apiLimits = {
  bodyBytes: 8 * 1024 * 1024,
  actorCharacters: 100,
  listLimit: 1000,
  ledgerLimit: 10_000,
  reasonBytes: 2000,
  instances: 1000,
  /** Claims that wait for work at the same time. */
  waitingClaims: 64,
  claimCount: 100,
  claimWaitMs: 30_000,
  /** Questions for capacity that wait at the same time. */
  waitingAcquires: 96,
  acquireWaitMs: 30_000,
  /** Units. */
  acquireAmount: 1_000_000_000,
  leaseMsMin: 1_000,
  leaseMsMax: 3_600_000,
} as const

export const workerActions = ['start', 'stop', 'restart', 'pause', 'resume', 'scale'] as const
/** Those that may be asked of one instance alone. */
export const instanceActions = ['start', 'stop', 'restart'] as const satisfies WorkerAction[]
export type InstanceAction = (typeof instanceActions)[number]
export type WorkerAction = (typeof workerActions)[number]
