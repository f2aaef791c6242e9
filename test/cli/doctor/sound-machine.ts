import type { MachineFacts } from '../../../src/cli/doctor/machine-facts.ts'
import type { Look } from '../../../src/ports/database-checkup.ts'

export const seen = <T>(value: T): Look<T> => ({ kind: 'seen', value })

const gigabyte = 2 ** 30

/** A machine on which nothing is to be found. */
export const sound = {
  uid: 1000,
  configuration: { kind: 'read', path: '/etc/jrctl/config.toml', warnings: [] },
  daemon: {
    up: true,
    pid: 42,
    uptimeMs: 1000,
    phase: 'running',
    degraded: [],
    version: '0.1.0',
    elsewhere: null,
    unit: 'jr-orchestrator.service',
    stateDir: '/s',
  },
  versions: seen({
    jrctl: '0.1.0',
    node: '26.10.0',
    sqlite: '3.53.1',
    sqliteProblem: null,
    kernel: '6.1.0',
    daemon: '0.1.0',
  }),
  stateDir: seen({
    path: '/s',
    mode: 0o40700,
    isLink: false,
    isFolder: true,
    owner: { uid: 1000, name: 'ada' },
    refused: null,
  }),
  memory: seen({
    bytes: 4096,
    misplaced: null,
    damage: null,
    newer: null,
    ledger: { checked: 9, brokenAt: null },
  }),
  files: seen([
    {
      what: 'the configuration',
      path: '/etc/jrctl/config.toml',
      kind: 'trusted',
      found: { uid: 0, mode: 0o644, readable: true },
    },
  ]),
  disks: seen([
    { uses: ['the state'], path: '/s', freeBytes: 50e9, totalBytes: 100e9, freeFiles: 1_000_000 },
  ]),
  clock: seen({ synchronised: true, steppedMs: 3 }),
  limits: seen({
    of: 'daemon',
    openFiles: 65_536,
    processes: null,
    cgroupPids: { max: 10_000, used: 100 },
    threads: 60_000,
    inotifyInstances: 128,
  }),
  needs: seen({
    instances: 4,
    memoryBytes: 2 * gigabyte,
    unbounded: 0,
    budgetBytes: null,
    bounded: ['Jr.'],
    byUnits: false,
  }),
  hardware: seen({ totalBytes: 8 * gigabyte, cgroupBytes: null }),
  cgroup: seen({
    of: 'daemon',
    path: '/sys/fs/cgroup/x.service',
    delegated: true,
    controllers: ['cpu', 'memory'],
    mayHandOn: true,
  }),
  services: seen({
    version: '257',
    units: [
      {
        name: 'jr-orchestrator.service',
        scope: 'system',
        load: 'loaded',
        active: 'active',
        enabled: 'enabled',
        path: '/etc/systemd/system/jr-orchestrator.service',
        needsReload: false,
        written: 'ours',
        mainPid: 42,
        delegated: true,
      },
    ],
    oldUnits: [],
    lingering: true,
    runtimeDir: true,
  }),
  workerUnits: seen(null),
  cron: seen({ lines: [{ where: 'crontab -l', line: '*/5 * * * * jrctl health-check' }], closed: null }),
  strangers: seen([]),
  ports: seen([]),
  upstreams: seen([]),
  alerts: seen([{ name: 'ops', kind: 'webhook', problem: null, isOfShell: false }]),
  schedules: seen({ timezone: 'UTC', asked: null, byHost: [], source: null }),
  parcels: seen({ places: null }),
  libraries: seen({ glibc: '2.36', missing: [], accountName: 'ada' }),
  terminal: { locale: 'C.UTF-8' },
} satisfies MachineFacts as MachineFacts
