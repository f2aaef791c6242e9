import type { Installation, UnitWorker } from '../../../src/domain/units/unit-files.ts'

export function unitWorker(changes: Partial<UnitWorker> = {}): UnitWorker {
  return {
    name: 'Research Jr.',
    instance: 1,
    user: null,
    limits: null,
    restart: 'always',
    stopSignal: 'SIGTERM',
    stopMs: 60_000,
    notifies: true,
    after: [],
    ...changes,
  }
}

/** As `jrctl install --system` makes it of an ordinary configuration. */
export function installation(changes: Partial<Installation> = {}): Installation {
  return {
    scope: 'system',
    profile: 'standard',
    program: '/usr/local/bin/jrctl',
    config: '/etc/jrctl/config.toml',
    account: 'jr',
    needs: ['postgresql.service', 'vllm.service'],
    workers: [
      unitWorker(),
      unitWorker({ instance: 2 }),
      unitWorker({
        name: 'it_triad_jr',
        user: 'agents',
        notifies: false,
        restart: 'on-failure',
        stopSignal: 'SIGINT',
        stopMs: 10_000,
        limits: { memoryBytes: 512 * 2 ** 20, cpuCores: 1.5, openFiles: 1024, nice: 5 },
        after: ['Research Jr.'],
      }),
    ],
    scheduled: [],
    stateDir: '/var/lib/jrctl',
    logsDir: '/var/lib/jrctl/logs',
    sockets: ['/var/lib/jrctl/jrctl.sock', '/run/jrctl/0123456789ab.sock'],
    environmentFile: '/etc/jrctl/environment',
    stopMs: 110_000,
    healthTimer: true,
    ...changes,
  }
}
