import { join } from 'node:path'
import { expect, test } from 'vitest'
import { loadPolicy } from '../../src/config/load.ts'
import type { Policy } from '../../src/config/policy.ts'
import { sandbox } from './fixture.ts'

/** No two values are alike, so that no key can pass for another. */
const everything = `
state_dir = "state"

[queue]
url = "postgres://joe@db/x"
listen_url = "postgres://joe@direct/x"
password_file = "secrets/db"
embedded = true
poll_interval = "31s"
lease = "61s"
renew_interval = "16s"
stuck_after = "32m"
offline_after = "6m"
connect_timeout = "3s"
statement_timeout = "7s"
lock_timeout = "4s"
pool_size = 9
claim_batch = 50
settle_batch = 51
retry_initial = "20ms"
retry_max = "302s"
retry_jitter = "full"

[capacity]
mode = "strict"
unit = "token"
base_rate = 101.5
burst_minutes = 2.5
depth = 8
in_flight = 32

[gateway]
enabled = false
listen = "[::1]:8787"
untracked = "allow"
max_wait = "306s"
max_waiting = 1002
abandoned = "drain"
max_body = "33M"
request_timeout = "64s"

[[gateway.upstreams]]
name = "vllm"
dialects = ["openai", "anthropic"]
url = "http://10.0.0.1:8000/v1/"
key_file = "secrets/vllm"
key_header = "api-key"
stream_usage = "leave"
models = ["qwen-*"]
max_in_flight = 65
connect_timeout = "11s"
head_timeout = "11m"
idle_timeout = "3m"

[supervisor]
workers = "units"
backoff_initial = "10ms"
backoff_max = "301s"
backoff_jitter = 0.25
healthy_after = "62s"
breaker_failures = 6
breaker_window = "303s"
breaker_probe_after = "304s"
fleet_restarts = 51
fleet_window = "3601s"
fleet_recent_window = "305s"
start_deadline = "33s"
heartbeat_timeout = "121s"
run_concurrency = 5
run_queue = 1001

[shutdown]
workers = "leave"
finish_grace = "34s"

[memory]
interval = "63s"
budget = "12G"
warn_percent = 81
critical_percent = 91
recover_percent = 76
heap_snapshot = true

[nightly]
at = "off"
timezone = "UTC"
adaptive_priorities = "apply"

[orchestrator]
enabled = true
interval = "3s"
mode = "observe"
emergency_dead_letter = true
max_actions = 8
max_tasks = 9

[logs]
dir = "~/logs"
level = "debug"
rotate_size = "65M"
rotate_age = "off"
keep = 6
compress = false

[api]
socket = "run/j.sock"
worker_socket = "run/w.sock"
listen = "[::1]:3002"
token_file = "~/token"
allowed_hosts = "Fleet.example.org, 10.0.0.5"
allowed_origins = "https://board.example.org"

[bus]
timeout = "10s"
max_message = "64K"
max_subscribers = 7
max_queued = 8
max_queued_size = "1M"
max_requests = 9
cache_size = "0B"

[[rules]]
name = "low_scores"
enabled = false
cooldown = "2m"
priority = 4

[[rules]]
name = "mine"
when = "jobs.waiting > 7"
do = "promote_task"
reason = "why not"

[[windows]]
channel = "TikTok"
from = "22:30"
to = "24:00"
days = ["sat", "mon"]
timezone = "UTC"
strict = true
[[workers]]
name = "Research Jr."
command = ["~/bin/research", "~/not-a-path"]
cwd = "agents"
env = { A = "1" }
env_pass = ["B"]
env_inherit = "all"
instances = 11
department = "research"
priority = 2
depends_on = ["plain", "plain"]
layer = 2
ready = { port = 8080, every = "2s" }
ready_timeout = "5s"
accepts = { tags = ["code"], when = "priority <= 3" }
restart = "on-failure"
stop_signal = "SIGINT"
stop_grace = "12s"
heartbeat = "required"

[[workers]]
name = "plain"
command = ["./run.sh"]
`

test('every key reaches its place in the policy, in milliseconds and as absolute paths', async () => {
  using box = sandbox()
  const path = box.write('etc/jrctl.toml', everything)
  const { policy } = await loadPolicy({ ...box.options, path })
  const etc = join(box.root, 'etc')
  const home = join(box.root, 'home')

  expect(policy.queue.url?.reveal()).toBe('postgres://joe@db/x')
  expect(policy.queue.listenUrl?.reveal()).toBe('postgres://joe@direct/x')
  expect(policy).toEqual({
    stateDir: join(etc, 'state'),
    queue: {
      url: policy.queue.url,
      listenUrl: policy.queue.listenUrl,
      passwordFile: join(etc, 'secrets/db'),
      embedded: true,
      pollIntervalMs: 31_000,
      leaseMs: 61_000,
      renewIntervalMs: 16_000,
      retry: { initialMs: 20, maxMs: 302_000, jitter: 1 },
      stuckAfterMs: 32 * 60_000,
      offlineAfterMs: 6 * 60_000,
      connectTimeoutMs: 3_000,
      statementTimeoutMs: 7_000,
      lockTimeoutMs: 4_000,
      poolSize: 9,
      claimBatch: 50,
      settleBatch: 51,
    },
    retention: {
      finishedTasksMs: null,
      deadLettersMs: null,
      eventsMs: 2_592_000_000,
      ledgerMs: 7_776_000_000,
      ledgerEntries: 2_000_000,
    },
    capacity: { mode: 'strict', unit: 'token', baseRate: 101.5, burstMinutes: 2.5, depth: 8, inFlight: 32 },
    gateway: {
      enabled: false,
      listen: { host: '::1', port: 8787 },
      untracked: 'allow',
      maxWaitMs: 306_000,
      maxWaiting: 1_002,
      abandoned: 'drain',
      maxBodyBytes: 33 * 2 ** 20,
      requestTimeoutMs: 64_000,
      upstreams: [
        {
          name: 'vllm',
          kind: 'http',
          dialects: ['openai', 'anthropic'],
          url: 'http://10.0.0.1:8000',
          key: { file: join(etc, 'secrets/vllm') },
          keyHeader: 'api-key',
          streamUsage: 'leave',
          models: ['qwen-*'],
          maxInFlight: 65,
          connectTimeoutMs: 11_000,
          headTimeoutMs: 660_000,
          idleTimeoutMs: 180_000,
        },
      ],
    },
    supervisor: {
      workers: 'units',
      backoffInitialMs: 10,
      backoffMaxMs: 301_000,
      backoffJitter: 0.25,
      healthyAfterMs: 62_000,
      breakerFailures: 6,
      breakerWindowMs: 303_000,
      breakerProbeAfterMs: 304_000,
      fleetRestarts: 51,
      fleetWindowMs: 3_601_000,
      fleetRecentWindowMs: 305_000,
      startDeadlineMs: 33_000,
      heartbeatTimeoutMs: 121_000,
      runConcurrency: 5,
      runQueue: 1_001,
    },
    shutdown: { workers: 'leave', finishGraceMs: 34_000 },
    memory: {
      intervalMs: 63_000,
      budgetBytes: 12 * 2 ** 30,
      warnPercent: 81,
      criticalPercent: 91,
      recoverPercent: 76,
      heapSnapshot: true,
    },
    nightly: { at: null, timezone: 'UTC', adaptivePriorities: 'apply' },
    orchestrator: {
      enabled: true,
      intervalMs: 3_000,
      mode: 'observe',
      emergencyDeadLetter: true,
      actionsMax: 8,
      tasksMax: 9,
      rules: [
        { name: 'low_scores', enabled: false, cooldownMs: 120_000, priority: 4, own: null },
        {
          name: 'mine',
          enabled: true,
          cooldownMs: 60_000,
          priority: null,
          own: { when: 'jobs.waiting > 7', do: 'promote_task', reason: 'why not' },
        },
      ],
    },
    logs: {
      dir: join(home, 'logs'),
      level: 'debug',
      rotateSizeBytes: 65 * 2 ** 20,
      rotateAgeMs: null,
      keep: 6,
      compress: false,
    },
    api: {
      socket: join(etc, 'run/j.sock'),
      workerSocket: join(etc, 'run/w.sock'),
      listen: { host: '::1', port: 3002, isWritten: true },
      tokenFile: join(home, 'token'),
      allowedHosts: ['fleet.example.org', '10.0.0.5'],
      allowedOrigins: ['https://board.example.org'],
    },
    bus: {
      timeoutMs: 10_000,
      maxMessageBytes: 65_536,
      maxSubscribers: 7,
      maxQueued: 8,
      maxQueuedBytes: 1_048_576,
      maxRequests: 9,
      cacheBytes: 0,
    },
    alerts: [],
    windows: [
      { channel: 'TikTok', from: '22:30', to: '24:00', days: ['mon', 'sat'], timezone: 'UTC', strict: true },
    ],
    workers: [
      {
        name: 'Research Jr.',
        command: [join(home, 'bin/research'), '~/not-a-path'],
        cwd: join(etc, 'agents'),
        env: { A: '1' },
        envPass: ['B'],
        envInherit: 'all',
        instances: 11,
        department: 'research',
        priority: 2,
        dependsOn: ['plain'],
        layer: 2,
        ready: { kind: 'port', host: '127.0.0.1', port: 8080, everyMs: 2_000 },
        readyTimeoutMs: 5_000,
        accepts: { tags: ['code'], when: 'priority <= 3' },
        restart: 'on-failure',
        stopSignal: 'SIGINT',
        stopGraceMs: 12_000,
        heartbeat: 'required',
      },
      {
        name: 'plain',
        command: ['./run.sh'],
        cwd: etc,
        env: {},
        envPass: [],
        envInherit: 'clean',
        instances: 1,
        department: null,
        priority: 3,
        dependsOn: [],
        layer: null,
        ready: { kind: 'delay', delayMs: 1_000 },
        readyTimeoutMs: 60_000,
        accepts: null,
        restart: 'always',
        stopSignal: 'SIGTERM',
        stopGraceMs: 10_000,
        heartbeat: 'auto',
      },
    ],
  } satisfies Policy)
})

test('without a file the defaults are those of the specification', async () => {
  using box = sandbox()
  const { policy } = await loadPolicy({ ...box.options, uid: 1000 })
  const stateDir = join(box.root, 'home/.local/state/jrctl')
  const days = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun']
  expect(policy).toMatchObject({
    stateDir,
    queue: { url: null, embedded: false, pollIntervalMs: 30_000, leaseMs: 60_000, renewIntervalMs: 15_000 },
    capacity: { mode: 'lend', unit: 'request', baseRate: 100, burstMinutes: 2, depth: 7, inFlight: 64 },
    supervisor: { backoffInitialMs: 5_000, backoffMaxMs: 300_000, healthyAfterMs: 60_000 },
    shutdown: { workers: 'stop', finishGraceMs: 30_000 },
    logs: { dir: join(stateDir, 'logs') },
    api: { socket: join(stateDir, 'jrctl.sock') },
    bus: {
      timeoutMs: 5_000,
      maxMessageBytes: 262_144,
      maxSubscribers: 100,
      maxQueued: 1_000,
      maxQueuedBytes: 4_194_304,
      maxRequests: 200,
      cacheBytes: 16_777_216,
    },
    windows: [
      { channel: 'instagram', from: '18:00', to: '23:00', days, timezone: null, strict: false },
      { channel: 'tiktok', from: '16:00', to: '24:00', days, timezone: null, strict: false },
      { channel: 'youtube', from: '17:00', to: '22:00', days, timezone: null, strict: false },
    ],
    workers: [],
  })
})

test('a file in another encoding, with a mark at its head, or with the line ends of another system', async () => {
  using box = sandbox()
  const marked = box.write('marked.toml', '\uFEFF[queue]\r\nlease = "61s"\r\n')
  expect((await loadPolicy({ ...box.options, path: marked })).policy.queue.leaseMs).toBe(61_000)
  const latin = box.write('latin.toml', '')
  box.writeBytes(latin, Buffer.from([0x23, 0xe4]))
  await expect(loadPolicy({ ...box.options, path: latin })).rejects.toThrow('no UTF-8')
})
