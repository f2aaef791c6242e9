import * as z from 'zod'
import { alertFields, alertsMax, alertsSchema } from './alerts.ts'
import { apiFields, apiSchema } from './api.ts'
import { choice, duration, durationOrOff, flag, noted, numeric, path, size } from './fields.ts'
import { busFields, busSchema } from './bus.ts'
import { gatewayFields, gatewaySchema } from './gateway.ts'
import { limitFields } from './limits.ts'
import { orchestratorFields, orchestratorSchema } from './orchestrator.ts'
import { readyField } from './ready.ts'
import { ruleFields, rulesMax, rulesSchema } from './rules.ts'
import { scheduleFields } from './schedules.ts'
import { memoryFields, nightlyFields } from './upkeep.ts'
import { windowFields, windowsMax, windowsSchema } from './windows.ts'

/**
 * Every key of the configuration as data: its form, default, unit and reason. Messages, environment variables, the JSON
 * Schema, `config show` and the test of config.example.toml are all made from this. TOML spells keys in snake_case.
 */

export const topLevel = {
  state_dir: path(
    'Where this node keeps its own memory (SQLite, embedded database, logs). By default $STATE_DIRECTORY under systemd, else $XDG_STATE_HOME/jrctl, else /var/lib/jrctl for root and ~/.local/state/jrctl for others.',
  ),
}

function databaseUrl(reason: string) {
  const schema = z
    .string()
    .regex(/^postgres(ql)?:\/\/\S{1,4000}$/)
    .optional()
  return noted(schema, {
    kind: 'text',
    allowed: 'a URL such as "postgres://user@host:5432/database"',
    reason,
    unit: null,
    default: null,
    secret: true,
  })
}

const queue = {
  url: databaseUrl(
    'The shared queue. Without it: DATABASE_URL, then the PG* variables, then CHEROKEE_DB_HOST/NAME/USER/PASS. Keep the password out of it: use password_file.',
  ),
  listen_url: databaseUrl(
    'The same database without a pooler between, when the queue is reached through one (PgBouncer in transaction mode): notifications and `jrctl migrate` need a session of their own. Without it the queue is polled every 2 s.',
  ),
  password_file: path(
    'A file that holds nothing but the database password, so that it is in no configuration, argv or listing. "$CREDENTIALS_DIRECTORY/NAME" is a credential of the systemd unit.',
  ),
  embedded: flag(
    false,
    'Start and own a PostgreSQL when no connection is configured. Off by default, so that no node quietly works on a private empty queue.',
  ),
  poll_interval: duration(
    '30s',
    ['100ms', '1h'],
    'How often the queue is looked at in case a notification was lost; notifications wake workers at once.',
  ),
  lease: duration(
    '60s',
    ['2s', '1h'],
    'How long an attempt may go without a renewal before its task is given to another worker.',
  ),
  renew_interval: duration(
    '15s',
    ['500ms', '30m'],
    'How often a lease is renewed; less than half the lease, so that one lost renewal loses no task.',
  ),
  retry_initial: duration(
    '5s',
    ['10ms', '1h'],
    'The wait of a failed task before its second attempt; it doubles with each attempt.',
  ),
  retry_max: duration('300s', ['10ms', '1d'], 'The longest wait before another attempt.'),
  retry_jitter: choice(
    ['none', 'full'],
    'none',
    'full: the wait is random, from nothing to the whole of it, so that tasks which failed together do not return together.',
  ),
  stuck_after: duration(
    '30m',
    ['1m', '7d'],
    'A task of a worker that keeps no lease is stuck after so long without progress, and goes back to the queue.',
  ),
  offline_after: duration(
    '5m',
    ['35s', '1d'],
    'A Jr not seen for so long is offline. Workers say that they are there every 30 s.',
  ),
  connect_timeout: duration(
    '2s',
    ['100ms', '1m'],
    'How long connecting may take before the database counts as away.',
  ),
  statement_timeout: duration(
    '5s',
    ['100ms', '10m'],
    'How long one statement may take; a hanging database must not hang the fleet.',
  ),
  lock_timeout: duration(
    '2s',
    ['100ms', '1m'],
    "How long a statement may wait for another program's lock before it is tried again.",
  ),
  pool_size: numeric(
    5,
    { min: 2, max: 100, whole: true, unit: 'connections' },
    "Connections of one process to the database; times the number of processes it must stay below the server's max_connections.",
  ),
  claim_batch: numeric(
    100,
    { min: 1, max: 1000, whole: true, unit: 'tasks' },
    'The most tasks that a worker with many free slots claims in one statement; more would hold their rows locked for long.',
  ),
  settle_batch: numeric(
    500,
    { min: 1, max: 1000, whole: true, unit: 'tasks' },
    'The most completions that a busy worker writes in one statement; each is acknowledged by itself. 1 gives every completion a statement of its own.',
  ),
}

const retention = {
  finished_tasks: durationOrOff(
    'off',
    ['1h', '3650d'],
    'Completed and cancelled tasks are deleted from the queue after so long. Off by default: the table is shared with programs that may read their tasks later.',
  ),
  dead_letters: durationOrOff(
    'off',
    ['1h', '3650d'],
    'Failed tasks are deleted from the queue after so long; until then they can be replayed. Off by default, for the same reason.',
  ),
  events: durationOrOff(
    '30d',
    ['1d', '3650d'],
    "Events of tasks are deleted after so long. They are jrctl's own, and each node copies them into its ledger; one that was away for longer misses the rest.",
  ),
  ledger: durationOrOff(
    '90d',
    ['1d', '3650d'],
    "A node's ledger drops entries older than this, the oldest first; what is left still verifies. Tasks whose first entries went are replayed in part.",
  ),
  ledger_entries: numeric(
    2_000_000,
    { min: 1, max: 100_000_000, whole: true, unit: 'entries' },
    'The most entries that a ledger holds, whatever their age; a million take about a gigabyte.',
  ),
}

const capacity = {
  mode: choice(
    ['lend', 'strict'],
    'lend',
    'lend: capacity that a task leaves unused goes to the next in order. strict: each task keeps to its own bucket.',
  ),
  unit: choice(['request', 'token'], 'request', 'What one unit of the bucket stands for.'),
  base_rate: numeric(
    100,
    { min: 0.001, max: 1_000_000_000, whole: false, unit: 'units a minute' },
    'The rate of position 1; every next position has half, so that the whole is twice this.',
  ),
  burst_minutes: numeric(
    2,
    { min: 0.01, max: 60, whole: false, unit: 'minutes' },
    'The size of a bucket, in minutes of its own rate.',
  ),
  depth: numeric(
    7,
    { min: 0, max: 50, whole: true, unit: 'positions' },
    'Positions beyond this share the remaining tail equally, so that nobody starves; 0 halves for ever.',
  ),
  in_flight: numeric(
    64,
    { min: 1, max: 100_000, whole: true, unit: 'requests' },
    'How many requests of this node may be out at the same time, all tasks together. Fewer let a task of a better position in sooner; too few let the LLM idle.',
  ),
}

const supervisor = {
  workers: choice(
    ['spawn', 'units'],
    'spawn',
    'Who runs the workers. spawn: the daemon starts and supervises them. units: systemd does, by jr-queue-worker@ units that `jrctl install --profile hardened` makes, and the daemon, shut in, starts none. The installed units say so by JRCTL_SUPERVISOR_WORKERS, so nobody has to write it here.',
  ),
  backoff_initial: duration(
    '5s',
    ['0s', '1h'],
    'The wait before the first restart; it doubles each time. With "0s" the first restart is at once, the second waits 1 s.',
  ),
  backoff_max: duration('300s', ['10ms', '1d'], 'The longest wait before a restart.'),
  backoff_jitter: numeric(
    0.2,
    { min: 0, max: 1, whole: false, unit: 'part of the wait' },
    'The part of the wait that is random, so that workers which died together do not return together.',
  ),
  healthy_after: duration(
    '60s',
    ['100ms', '1d'],
    'Running for so long resets the backoff, and shows that what a breaker let through as its probe holds.',
  ),
  breaker_failures: numeric(
    5,
    { min: 0, max: 1000, whole: true, unit: 'failures' },
    'So many failures of one worker within breaker_window, all its instances together, and it is started no more until a probe holds. 0: never.',
  ),
  breaker_window: duration(
    '300s',
    ['1s', '1d'],
    'The time in which these failures count: longer than the waits between them, or the breaker cannot trip.',
  ),
  breaker_probe_after: duration(
    '300s',
    ['100ms', '1h'],
    'After so long an open breaker lets one start through as a probe; after each probe that fails it waits twice as long, up to 1 h.',
  ),
  fleet_restarts: numeric(
    50,
    { min: 0, max: 10_000, whole: true, unit: 'restarts' },
    'So many restarts after failures, of all workers within fleet_window, and nobody is restarted until a probe holds. 0: never.',
  ),
  fleet_window: duration('1h', ['1s', '7d'], 'The time in which these restarts count.'),
  fleet_recent_window: duration(
    '5m',
    ['1s', '7d'],
    'Of the restarts that count, so recent a time must hold its even share (4 of 50 in 1 h), so that what was over long ago does not add up with something new.',
  ),
  start_deadline: duration('30s', ['1s', '1h'], 'A start that is not running after so long has failed.'),
  heartbeat_timeout: duration(
    '120s',
    ['31s', '1d'],
    'Silence after a first heartbeat that makes a worker unhealthy; heartbeats come every 30 s, so this forgives three.',
  ),
  run_concurrency: numeric(
    4,
    { min: 1, max: 1000, whole: true, unit: 'runs' },
    'How many runs of scheduled workers may be on at the same time, all together; the others wait in order of priority.',
  ),
  run_queue: numeric(
    1000,
    { min: 1, max: 100_000, whole: true, unit: 'runs' },
    'How many runs may wait; what is due beyond is skipped, and told.',
  ),
}

const shutdown = {
  workers: choice(
    ['stop', 'leave'],
    'stop',
    'What becomes of the workers when the daemon stops. leave: they work on and the next daemon adopts them (upgrades without a pause).',
  ),
  finish_grace: duration(
    '30s',
    ['0s', '1d'],
    'How long running work may go on at a shutdown before it is terminated.',
  ),
}

const logs = {
  dir: path(
    'Folder of the log files, one a worker and one for the daemon. By default `logs` in the state directory.',
  ),
  level: choice(
    ['debug', 'info', 'warn', 'error'],
    'info',
    'The least important messages that the daemon logs.',
  ),
  rotate_size: size(
    '100M',
    ['64K', '1T'],
    'A log that holds so much is cut off, in parts of at most so much; no line is lost or doubled, and its writer notices nothing.',
  ),
  rotate_age: durationOrOff(
    '7d',
    ['1m', '3650d'],
    'A log whose oldest line is that old is cut off, however small it is.',
  ),
  keep: numeric(
    5,
    { min: 1, max: 1000, whole: true, unit: 'parts' },
    'Parts that are kept of each log; older ones are deleted.',
  ),
  compress: flag(true, 'Parts are compressed (gzip), to about a tenth; `jrctl logs` and zcat read them.'),
}

/** The tables of single keys. */
export const sections = {
  queue,
  retention,
  capacity,
  gateway: gatewayFields,
  supervisor,
  shutdown,
  memory: memoryFields,
  nightly: nightlyFields,
  orchestrator: orchestratorFields,
  logs,
  api: apiFields,
  bus: busFields,
}

/** Control, invisible and direction-changing characters would spoil logs, screens and file names. */
const printable = /^[^\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]+$/u
const variableName = /^[A-Za-z_][A-Za-z0-9_]{0,254}$/
const argument = z
  .string()
  .max(131_072)
  .regex(/^[^\0]*$/)

/** The keys of one `[[workers]]` table. */
export const workerFields = {
  name: noted(
    z
      .string()
      .max(100)
      .regex(printable)
      .regex(/^\S(.*\S)?$/),
    {
      kind: 'text',
      allowed: 'a name of 1 to 100 printable characters, such as "Research Jr."',
      reason: 'The Jr: tasks are assigned to this name. Instances of one Jr share it.',
      unit: null,
      default: null,
    },
  ),
  command: noted(
    z
      .array(argument)
      .min(1)
      .max(1000)
      .refine((words) => words[0] !== '', { path: [0] }),
    {
      kind: 'structured',
      allowed: 'a list of words that starts with a program, such as ["python3", "worker.py"]',
      reason:
        'The program and its arguments; no shell reads them. `jrctl` as the program is this very executable.',
      unit: null,
      default: null,
    },
  ),
  cwd: path("The folder the worker runs in. By default this file's folder."),
  env: noted(z.record(z.string().regex(variableName), argument).prefault({}), {
    kind: 'structured',
    allowed: 'a table of strings, such as { LANG = "C.UTF-8" }',
    reason: 'Variables set for the worker, over those that are handed on.',
    unit: null,
    default: null,
    secret: true,
  }),
  env_pass: noted(z.array(z.string().regex(variableName)).max(1000).prefault([]), {
    kind: 'structured',
    allowed: 'a list of variable names, such as ["DATABASE_URL"]',
    reason:
      "Names of variables handed on from the daemon's environment, e.g. the database's for a worker that speaks SQL.",
    unit: null,
    default: null,
  }),
  env_inherit: choice(
    ['clean', 'all'],
    'clean',
    'clean: PATH, HOME, USER, LANG, LC_*, TZ, TMPDIR and what is named here. all: everything the daemon has, secrets included.',
  ),
  instances: numeric(
    1,
    { min: 0, max: 1000, whole: true, unit: 'processes' },
    'How many of it run at the same time; 0 keeps the definition without running it.',
  ),
  user: noted(
    z
      .string()
      .regex(/^[A-Za-z_][A-Za-z0-9_.-]{0,30}\$?$/)
      .optional(),
    {
      kind: 'text',
      allowed: 'the name of an account of this machine, such as "agents"',
      reason:
        'The account it runs as, with its groups and its HOME; only a daemon of root can do that. By default that of the daemon.',
      unit: null,
      default: null,
    },
  ),
  limits: noted(z.strictObject(limitFields).prefault({}), {
    kind: 'structured',
    allowed: 'a table with the keys memory, cpu, open_files, nice, such as { memory = "2G", cpu = 0.5 }',
    reason: 'What one instance may take. No limits by default.',
    unit: null,
    default: null,
  }),
  department: noted(z.string().min(1).max(100).regex(printable).optional(), {
    kind: 'text',
    allowed: 'a name of 1 to 100 printable characters',
    reason: 'Who answers for it; shown with its failures.',
    unit: null,
    default: null,
  }),
  priority: noted(z.literal([1, 2, 3]).prefault(3), {
    kind: 'number',
    allowed: '1 (critical), 2 (important) or 3 (normal)',
    reason: 'Who goes first when something must wait: 1 critical, 2 important, 3 normal.',
    unit: null,
    default: 3,
    choices: [1, 2, 3],
  }),
  depends_on: noted(z.array(z.string().min(1).max(100)).max(100).prefault([]), {
    kind: 'structured',
    allowed: 'a list of names of other workers, such as ["Database Jr."]',
    reason:
      'Who must be ready before it starts. Should one of them fall later, it works on; it is stopped before they are.',
    unit: null,
    default: null,
  }),
  layer: noted(z.literal([1, 2, 3, 4]).optional(), {
    kind: 'number',
    allowed: 'a layer from 1 to 4',
    reason:
      'The boot goes layer by layer: the next one starts when this one is ready. By default one above the highest of those it depends on, from 1.',
    unit: null,
    default: null,
    choices: [1, 2, 3, 4],
  }),
  ready: readyField,
  ready_timeout: duration(
    '60s',
    ['1s', '1d'],
    'How long the next layer waits for it; then the boot goes on without it, and only those who depend on it wait longer.',
  ),
  accepts: noted(
    z
      .union([
        z.string().min(1).max(2_000),
        z
          .strictObject({
            tags: z.array(z.string().min(1).max(100)).min(1).max(32).optional(),
            when: z.string().min(1).max(2_000).optional(),
          })
          .refine((table) => table.tags !== undefined || table.when !== undefined),
      ])
      .optional(),
    {
      kind: 'structured',
      allowed:
        'a CEL expression such as "priority <= 3 && \'code\' in tags", or a table such as { tags = ["code"], when = "priority <= 3" }',
      reason:
        'Which unassigned tasks it takes: those with one of the tags, for which the expression is true. It then takes none by itself; the leader gives them to it. Every task by default.',
      unit: null,
      default: null,
    },
  ),
  restart: choice(
    ['always', 'on-failure', 'never'],
    'always',
    'When it is started again after it ended. on-failure: unless it ended with code 0.',
  ),
  stop_signal: choice(
    ['SIGTERM', 'SIGINT', 'SIGQUIT', 'SIGHUP', 'SIGUSR1', 'SIGUSR2', 'SIGKILL'],
    'SIGTERM',
    'How it is asked to end.',
  ),
  stop_grace: duration(
    '10s',
    ['0s', '1d'],
    'How long it may take to end before its whole process tree is killed.',
  ),
  heartbeat: choice(
    ['auto', 'required', 'none'],
    'auto',
    'auto: once it has sent a heartbeat it must go on. required: it must send one. none: its process alone is watched.',
  ),
  ...scheduleFields,
}

/** Bound on the tables; each is at least one log file and one state machine. */
const workersMax = 1000

/**
 * The lists of tables at the top of the file, `[[workers]]` and others. `max`: so many of them; `named`: the key by which a
 * message names one.
 */
export const listedTables = {
  rules: { fields: ruleFields, max: rulesMax, named: 'name' },
  windows: { fields: windowFields, max: windowsMax, named: 'channel' },
  alerts: { fields: alertFields, max: alertsMax, named: 'name' },
  workers: { fields: workerFields, max: workersMax, named: 'name' },
} as const satisfies Record<string, { fields: Record<string, z.ZodType>; max: number; named: string }>

/** The whole file. Input: TOML's values. Output: snake_case, with durations in milliseconds. */
export const configSchema = z.strictObject({
  ...topLevel,
  queue: z.strictObject(queue).prefault({}).meta({ description: 'The task queue in Postgres.' }),
  retention: z
    .strictObject(retention)
    .prefault({})
    .meta({ description: 'How long queue and ledger keep what is over.' }),
  capacity: z
    .strictObject(capacity)
    .prefault({})
    .meta({ description: 'How the LLM is shared among tasks at work.' }),
  gateway: gatewaySchema,
  supervisor: z.strictObject(supervisor).prefault({}).meta({ description: 'How workers are kept alive.' }),
  shutdown: z.strictObject(shutdown).prefault({}).meta({ description: 'How the daemon ends.' }),
  memory: z
    .strictObject(memoryFields)
    .prefault({})
    .meta({ description: 'What happens when memory runs short.' }),
  nightly: z.strictObject(nightlyFields).prefault({}).meta({ description: 'The work of the night.' }),
  logs: z.strictObject(logs).prefault({}).meta({ description: 'Log files.' }),
  api: apiSchema,
  bus: busSchema,
  orchestrator: orchestratorSchema,
  rules: rulesSchema,
  windows: windowsSchema,
  alerts: alertsSchema,
  workers: z
    .array(z.strictObject(workerFields))
    .max(workersMax)
    .prefault([])
    .meta({ description: 'The fleet: one table a Jr. Adding a Jr is adding a table.' }),
})

export type ParsedConfig = z.output<typeof configSchema>
export type ParsedWorker = ParsedConfig['workers'][number]
